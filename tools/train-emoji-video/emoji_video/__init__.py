"""The recipe of emoji-video. What it shares with emoji-flux's recipe it imports from there."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "train-emoji-flux"))
