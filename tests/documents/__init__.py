"""Papers held to standards: every paper of every bureau, made and shown to real validators."""
