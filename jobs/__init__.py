"""What is stored and what runs unattended: rows, operations, vendors, files, background steps, admin."""
