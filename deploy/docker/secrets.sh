#!/bin/sh
# Makes the database password once and gives the volumes to the services' user; safe to repeat.
set -eu
file=/run/peerline/postgres-password
if [ ! -s "$file" ]; then
  umask 027
  python -c 'import secrets; print(secrets.token_urlsafe(32), end="")' > "$file.new"
  mv "$file.new" "$file"
fi
# Readable for our services (user 10001) and for postgres (group 999 in its Debian image).
chown 10001:999 "$file" && chmod 0440 "$file"
chown 10001:10001 /etc/peerline /var/lib/peerline
chmod 0700 /etc/peerline /var/lib/peerline
