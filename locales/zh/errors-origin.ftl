# origin
