"""Records what happens for people (people) and for webhooks (notices), and sends people's emails (mail)."""
