"""Every Japanese word that customers, staff and admins read."""
