"""The admin panel: pages rendered here, one module per subject. Everything they show comes from a desk."""
