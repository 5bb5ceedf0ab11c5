"""The product telling its own story on one machine: `peerline demo` and the mailbox it mails to."""
