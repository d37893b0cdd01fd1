"""What was measured, as Markdown and as CSV."""

import csv
import statistics

from workloads import WORKLOADS

COLUMNS = ("peer", "version", "workload", "threads", "quality", "ms_wall", "ms_cpu")


class Cell:
    """Rounds of one peer in one case, each with the engine's measurement right before it."""

    def __init__(self, threads):
        self.threads, self.theirs, self.ours = threads, [], []

    def add(self, theirs, ours):
        self.theirs.append(theirs)
        self.ours.append(ours)

    def median(self, which):
        return statistics.median(cost[which] for cost in self.theirs)

    def quartiles(self):
        walls = [cost[0] for cost in self.theirs]
        if len(walls) < 2:
            return walls[0], walls[0]
        low, _, high = statistics.quantiles(walls, n=4, method="inclusive")
        return low, high

    def ratio(self):
        """Theirs to ours: of CPU time on one thread, which other programs do not disturb, of wall time on two."""
        which = 1 if self.threads == 1 else 0
        return statistics.median(theirs[which] / ours[which] for theirs, ours in zip(self.theirs, self.ours))

    def markdown(self, is_limit):
        low, high = self.quartiles()
        ratio = f"1/{1 / self.ratio():.1f}" if is_limit else f"{self.ratio():.2f}"
        return f"{self.median(0):.2f} ({low:.2f}–{high:.2f}) | {self.median(1):.2f} | {ratio}"


def quality(peer, workload_name, qualities):
    """The filter, and the PSNR where it was measured: `area 57.6 dB`; `copy` where nothing is scaled."""
    if peer.filter and not WORKLOADS[workload_name].is_scaled():
        return "copy"
    found = qualities.get((peer.name, workload_name))
    return f"{peer.filter} {found:.1f} dB" if found else peer.filter or ""


def print_markdown(title, peers, names, threads, cells, qualities):
    print(f"### {title}\n")
    print("| workload | program | against float64 | warm: ms | CPU | ÷ ours | cold: ms | CPU | ÷ ours |")
    print("|---|---|---|---:|---:|---:|---:|---:|---:|")
    for name in names:
        for peer in peers:
            found = [cells.get((peer.name, name, threads, heat)) for heat in ("warm", "cold")]
            if not any(found):
                continue
            texts = [cell.markdown(peer.name == "limit") if cell else " | | " for cell in found]
            label = f"{peer.label} {peer.version}".strip()
            print(f"| {name} | {label} | {quality(peer, name, qualities)} | {' | '.join(texts)} |")
    print()


def write_csv(path, groups):
    """`groups` are (peers, suffix of workloads, cells, qualities)."""
    with open(path, "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        for peers, suffix, cells, qualities in groups:
            by_name = {peer.name: peer for peer in peers}
            for (peer_name, name, threads, heat), cell in cells.items():
                peer = by_name[peer_name]
                shown = peer_name + ("-cold" if heat == "cold" else "")
                found = quality(peer, name, qualities)
                costs = (f"{cell.median(which):.3f}" for which in (0, 1))
                rows.writerow([shown, peer.version, name + suffix, threads, found, *costs])
