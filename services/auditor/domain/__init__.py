"""What an audit is, without a broker."""
