"""The admin API, one module per subject. Views hand over structs and get structs."""
