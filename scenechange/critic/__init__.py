"""Why does a picture look composed? One measured gap for each cue, and one score of realism."""
