"""Lets all programs take turns on the workloads, and prints what came of it (see `run`)."""

import argparse
import statistics
import sys
import time

from peers import COPIES_FILE, SOURCES, TARGET, build_engine, rows, write_sources
from programs import Missing
from quality import psnr
from table import Cell, print_markdown, write_csv
from workloads import WORKLOADS, read

QUICK_WORKLOADS, QUICK_ROUNDS = ("W1", "W3", "W4", "W7"), 3
ROUNDS = 7
HEATS = ("warm", "cold")


def start(peers, name, threads, heat):
    """Sessions of all who can do it, in order; the engine's own first."""
    able = [peer for peer in peers if peer.can(name, threads) and (heat == "warm" or peer.can_cold)]
    return [(peer, peer.start(threads)) for peer in able]


def take_turns(sessions, name, threads, heat, rounds, cells):
    """Before each peer the engine is measured anew, so that a ratio holds one speed of the machine."""
    (engine, ours), *others = sessions
    failed = set()
    for _ in range(rounds):
        for peer, session in others:
            if peer.name in failed:
                continue
            try:
                own = ours.measure(name, heat)
                theirs = session.measure(name, heat)
            except Missing as error:
                print(f"{peer.name}, {name}: {error}", file=sys.stderr)
                failed.add(peer.name)
                continue
            cells.setdefault((engine.name, name, threads, heat), Cell(threads)).add(own, own)
            cells.setdefault((peer.name, name, threads, heat), Cell(threads)).add(theirs, own)


def look(sessions, name, qualities):
    """How near each comes to float64; one canvas suffices."""
    for peer, session in sessions:
        if not peer.filter or not WORKLOADS[name].is_scaled():
            continue
        path = TARGET / "canvas.i420"
        path.unlink(missing_ok=True)
        try:
            session.dump(name, path)
            found = psnr(WORKLOADS[name], path, SOURCES, peer.filter, peer.distorts)
        except (Missing, OSError, ValueError) as error:
            print(f"{peer.name}, {name}: {error}", file=sys.stderr)
            continue
        if found:
            qualities[peer.name, name] = found


def compare(peers, names, rounds, with_quality):
    cells, qualities = {}, {}
    for name in names:
        for threads in (1, 2):
            for heat in HEATS:
                sessions = start(peers, name, threads, heat)
                if with_quality and threads == 1 and heat == "warm":
                    look(sessions, name, qualities)
                take_turns(sessions, name, threads, heat, rounds, cells)
                for _, session in sessions:
                    session.close()
        print(f"{name} {time.strftime('%H:%M:%S')}", file=sys.stderr)
    # In the order of the peers, the workloads within.
    order = [peer.name for peer in peers]
    return dict(sorted(cells.items(), key=lambda item: order.index(item[0][0]))), qualities


def print_bandwidth(peers, rounds):
    """How fast copies run, bytes read and written together."""
    limit = next((peer for peer in peers if peer.name == "limit"), None)
    if not limit:
        return
    copies = read(COPIES_FILE)
    print("Copying, GB read and written a second:\n\n| threads | L2 | L3 | memory |\n|---:|---:|---:|---:|")
    for threads in (1, 2):
        session = limit.start(threads)
        speeds = []
        for name, heat in (("L2", "warm"), ("frame", "warm"), ("frame", "cold")):
            ms = statistics.median(session.child.measure(name, heat)[0] for _ in range(rounds))
            speeds.append(f"{copies[name].bytes_moved() / ms / 1e6:.0f}")
        session.close()
        print(f"| {threads} | {' | '.join(speeds)} |")
    print()


def main():
    parser = argparse.ArgumentParser(prog="benches/peers/run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{', '.join(QUICK_WORKLOADS)} alone, and fewer rounds")
    parser.add_argument("--only", help="these workloads alone, with commas between")
    parser.add_argument("--rounds", type=int, help=f"{ROUNDS} unless told, {QUICK_ROUNDS} for --quick")
    parser.add_argument("--csv", metavar="FILE", help="where to write all medians")
    options = parser.parse_args()
    names = list(QUICK_WORKLOADS if options.quick else WORKLOADS)
    if options.only:
        names = options.only.split(",")
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)

    try:
        engine = build_engine()
        write_sources(engine)
    except Missing as error:
        sys.exit(str(error))
    i420, rgba, missing = rows(engine)
    planar = compare(i420, names, rounds, with_quality=True)
    packed_names = [name for name in names if rgba[0].can(name, 1)]
    packed = compare(rgba, packed_names, rounds, with_quality=False)

    without = f"; missing: {', '.join(missing)}" if missing else ""
    for threads in (1, 2):
        shown = f"{threads} thread{'s' if threads > 1 else ''}"
        print_markdown(f"I420, {shown}{without}", i420, names, threads, *planar)
        if packed_names:
            print_markdown(f"RGBA, {shown}{without}", rgba, packed_names, threads, *packed)
    print_bandwidth(i420, rounds)
    if options.csv:
        write_csv(options.csv, [(i420, "", *planar), (rgba, "-rgba", *packed)])


if __name__ == "__main__":
    main()
