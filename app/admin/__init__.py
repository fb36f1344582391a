"""What an administrator can see and do: who is one, and the answers. The web layer spells them in HTTP."""
