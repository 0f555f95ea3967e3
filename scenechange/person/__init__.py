"""Body of the subject: pose, real height, feet, head, and what the frame cuts off."""
