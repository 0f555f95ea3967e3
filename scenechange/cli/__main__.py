"""``python -m scenechange.cli``."""

from scenechange.cli import main

main()
