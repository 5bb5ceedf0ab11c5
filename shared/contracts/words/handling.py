"""How intake and triage handled a record: flags, refusals, ordering."""

from enum import StrEnum


class TeamHintReason(StrEnum):
    """Why a report ends in a team hint."""

    NO_STAFF_NAMED = "no_staff_named"
    REPORTER_ONLY = "reporter_only"
    TEAM_REFERENCE = "team_reference"
    TEAM_ONLY = "team_only"


class OrderingKey(StrEnum):
    """The one key by which a source system's revisions are ordered."""

    REVISION = "revision"
    UPDATED_AT = "updated_at"
    ARRIVAL = "arrival"


class QualityFlag(StrEnum):
    """Closed list of what intake had to assume or could not read."""

    TIME_ZONE_ASSUMED = "time_zone_assumed"
    TIME_AMBIGUOUS = "time_ambiguous"
    DATE_INVALID = "date_invalid"
    DATE_US_FORMAT = "date_us_format"
    DATE_TOO_OLD = "date_too_old"
    FUTURE_DATE = "future_date"
    AGE_UNUSABLE = "age_unusable"
    AGE_FROM_TEXT = "age_from_text"
    HARM_MISSING = "harm_missing"
    HARM_SCALE_AMBIGUOUS = "harm_scale_ambiguous"
    VALUE_UNMAPPED = "value_unmapped"
    FIELD_UNKNOWN = "field_unknown"
    CODING_WITHOUT_CODE = "coding_without_code"
    ACTUALITY_MISSING = "actuality_missing"
    SUBJECT_MISSING = "subject_missing"
    STAFF_MISSING = "staff_missing"
    STAFF_DISPLAY_ONLY = "staff_display_only"
    REFERENCE_UNRESOLVED = "reference_unresolved"
    DUPLICATE_IDENTIFIER = "duplicate_identifier"
    FORMAT_GUESSED = "format_guessed"
    ENCODING_GUESSED = "encoding_guessed"
    RECORD_ID_FALLBACK = "record_id_fallback"
    EXT_DROPPED = "ext_dropped"
    UNIT_UNKNOWN = "unit_unknown"
    ORDERING_KEY_MISSING = "ordering_key_missing"


class RejectionCode(StrEnum):
    """Public reasons on the rejection topics; dashboards key on them."""

    UNDECODABLE = "undecodable"
    UNKNOWN_FORMAT = "unknown_format"
    LIMIT = "limit"
    CLOUDEVENT_INVALID = "cloudevent_invalid"
    NO_RECORD_ID = "no_record_id"
    NOT_SUPPORTED = "not_supported"
    NOT_AN_INCIDENT = "not_an_incident"
    REFUSED_BY_POLICY = "refused_by_policy"
    TENANT_MISMATCH = "tenant_mismatch"
    MAPPER_ERROR = "mapper_error"
    SCHEMA_REGISTRY_REQUIRED = "schema_registry_required"
    DUPLICATE = "duplicate"
    DECIDE_ERROR = "decide_error"
    TOO_LARGE = "too_large"
