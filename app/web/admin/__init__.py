"""The admin API in HTTP, one module per subject."""
