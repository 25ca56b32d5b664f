"""The one-to-one assignment of greatest worth, over the pairs there are.

The Hungarian method (Kuhn 1955) as successive shortest augmenting paths with potentials (Tomizawa 1971; Edmonds and Karp
1972), each path by Dijkstra's algorithm. Whole numbers only: the same on every machine.
"""

from collections import defaultdict
from collections.abc import Mapping
from heapq import heappop, heappush


def assign(worth: Mapping[int, Mapping[int, int]]) -> dict[int, int]:
    """Left → right, each at most once, of the greatest sum. `worth`: left → right → above 0; numbers from 0.

    Of several equally good ones always the same, given the same order. n lefts with e pairs: O(n · e · log e) at worst;
    findings that overlap few others are far from that.
    """
    top = max((max(pairs.values(), default=0) for pairs in worth.values()), default=0)
    # To stay alone is a partner of one's own, ~left, that costs as much as a pair worth nothing.
    cost = {
        left: {**{right: top - value for right, value in pairs.items()}, ~left: top} for left, pairs in worth.items()
    }
    search = _Search(cost)
    for left in cost:
        search.place(left)
    return {left: right for left, right in search.partner.items() if right >= 0}


class _Search:
    def __init__(self, cost: Mapping[int, Mapping[int, int]]) -> None:
        self.cost = cost
        self.left_price: dict[int, int] = defaultdict(int)
        self.right_price: dict[int, int] = defaultdict(int)
        self.partner: dict[int, int] = {}  # of a left
        self.taken: dict[int, int] = {}  # by which left a right is

    def place(self, source: int) -> None:
        """Give one more left its partner, moving others where the sum gains by it."""
        reached: dict[int, tuple[int, int]] = {}  # right → its distance, and the left it is reached from
        settled: dict[int, int] = {}
        heap: list[tuple[int, int]] = []
        left, far = source, 0
        while True:
            for right, price in self.cost[left].items():
                there = far + price - self.left_price[left] - self.right_price[right]
                if right not in settled and (right not in reached or there < reached[right][0]):
                    reached[right] = there, left
                    heappush(heap, (there, right))
            far, right = heappop(heap)
            while right in settled:
                far, right = heappop(heap)
            settled[right] = far
            if right not in self.taken:
                break
            left = self.taken[right]
        self._reprice(source, settled, far)
        while True:
            left = reached[right][1]
            before = self.partner.get(left)
            self.partner[left], self.taken[right] = right, left
            if before is None:
                return
            right = before

    def _reprice(self, source: int, settled: Mapping[int, int], far: int) -> None:
        self.left_price[source] += far
        for right, near in settled.items():
            if right in self.taken:
                self.left_price[self.taken[right]] += far - near
                self.right_price[right] -= far - near
