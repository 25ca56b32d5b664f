"""The one-to-one assignment of greatest total worth over the given pairs.

The Hungarian method (Kuhn 1955) as successive shortest augmenting paths with potentials (Tomizawa 1971; Edmonds and
Karp 1972), each path by Dijkstra's algorithm. Uses whole numbers only, so that the result is the same on every machine.
"""

from collections import defaultdict
from collections.abc import Mapping
from heapq import heappop, heappush


def assign(worth: Mapping[int, Mapping[int, int]]) -> dict[int, int]:
    """Left → right, each at most once, with the greatest sum. `worth`: left → right → worth above 0.

    Deterministic for the same order. n lefts with e pairs take O(n · e · log e) at worst, and far less if findings
    overlap few others.
    """
    top = max((max(pairs.values(), default=0) for pairs in worth.values()), default=0)
    # Dummy column `~left`: leaving it unmatched costs the same as a zero-weight pair.
    cost = {
        left: {**{right: top - value for right, value in pairs.items()}, ~left: top} for left, pairs in worth.items()
    }
    search = _Search(cost)
    for left in cost:
        search.assign_partner(left)
    return {left: right for left, right in search.partner.items() if right >= 0}


class _Search:
    def __init__(self, cost: Mapping[int, Mapping[int, int]]) -> None:
        self.cost = cost
        self.left_price: dict[int, int] = defaultdict(int)
        self.right_price: dict[int, int] = defaultdict(int)
        self.partner: dict[int, int] = {}  # left → right
        self.left_of: dict[int, int] = {}  # right → left it is matched to

    def assign_partner(self, source: int) -> None:
        """Match one more left, and rematch others if that increases the sum."""
        reached: dict[int, tuple[int, int]] = {}  # right → its distance, and the left before it
        settled: dict[int, int] = {}
        heap: list[tuple[int, int]] = []
        left, far = source, 0
        while True:
            for right, price in self.cost[left].items():
                distance = far + price - self.left_price[left] - self.right_price[right]
                if right not in settled and (right not in reached or distance < reached[right][0]):
                    reached[right] = distance, left
                    heappush(heap, (distance, right))
            far, right = heappop(heap)
            while right in settled:
                far, right = heappop(heap)
            settled[right] = far
            if right not in self.left_of:
                break
            left = self.left_of[right]
        self._reprice(source, settled, far)
        while True:
            left = reached[right][1]
            before = self.partner.get(left)
            self.partner[left], self.left_of[right] = right, left
            if before is None:
                return
            right = before

    def _reprice(self, source: int, settled: Mapping[int, int], far: int) -> None:
        self.left_price[source] += far
        for right, near in settled.items():
            if right in self.left_of:
                self.left_price[self.left_of[right]] += far - near
                self.right_price[right] -= far - near
