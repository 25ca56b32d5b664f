"""How a background job is held by one worker at a time."""
