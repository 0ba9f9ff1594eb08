event-places-sites_put-v1 = Positions or opening hours of one place, or of several of a brand, were written.
