"""What the machine once found to differ, replayed without a server: each file is the smallest of its kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus_runner import TRANSCRIPTS, replay


@pytest.mark.parametrize("path", sorted(TRANSCRIPTS.glob("*.jsonl")), ids=lambda path: path.stem)
def test_the_engine_answers_as_the_server_did(path: Path) -> None:
    wrong = [each for each in replay(path) if each.kind != "agree"]
    assert not wrong, "\n".join(f"{each.text}\n    {each.why}" for each in wrong)
