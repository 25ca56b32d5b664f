"""How often Python looks for garbage while records are read."""

import gc

from batches.sync.garbage import RARE_COLLECTIONS, rare_collections


def test_it_is_usual_again_once_the_last_of_them_has_ended() -> None:
    usual = gc.get_threshold()
    with rare_collections():
        with rare_collections():
            assert gc.get_threshold() == RARE_COLLECTIONS
        assert gc.get_threshold() == RARE_COLLECTIONS
    assert gc.get_threshold() == usual
