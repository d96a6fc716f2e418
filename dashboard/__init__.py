"""What a person sees and clicks: settings, addresses, access, forms, views, template tags."""
