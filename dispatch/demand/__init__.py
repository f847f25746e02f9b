"""Where calls are expected, hour by hour of the week: what ranking and move-up weigh the rest of the city by."""
