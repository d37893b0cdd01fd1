"""Programs that are measured: children that answer lines, and pipelines that are run for few and for many frames."""

import os
import subprocess
import time

FEW, MANY = 10, 70


class Missing(Exception):
    """A program that is not there, or does not do its work."""


def pinned(threads):
    """One thread stays on one CPU, two on two."""
    return ["taskset", "-c", "0" if threads == 1 else "0,1"]


class Child:
    """A program that stays alive and answers `WORKLOAD threads warm|cold` with milliseconds, wall and CPU."""

    def __init__(self, command, threads):
        self.threads = threads
        self.process = subprocess.Popen(
            pinned(threads) + command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def ask(self, *words):
        try:
            self.process.stdin.write(" ".join(map(str, words)) + "\n")
            answer = self.process.stdout.readline().split()
        except BrokenPipeError:
            answer = []
        if not answer:
            raise Missing(f"no answer from {self.process.args[3]}")
        return answer

    def measure(self, name, heat):
        wall, cpu = self.ask(name, self.threads, heat)
        return float(wall), float(cpu)

    def dump(self, name, path):
        self.ask(name, self.threads, "dump", path)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Pipeline:
    """A program that starts anew each time: the difference of many frames and few is free of its start."""

    def __init__(self, command, threads):
        """`command(name, threads, frames, output)` is the command line."""
        self.command, self.threads = command, threads

    def run(self, name, frames, output=None):
        start = time.perf_counter()
        command = pinned(self.threads) + self.command(name, self.threads, frames, output)
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise Missing(f"{command[3]} failed")
        return time.perf_counter() - start, usage.ru_utime + usage.ru_stime

    def measure(self, name, heat):
        few, many = self.run(name, FEW), self.run(name, MANY)
        return tuple((b - a) * 1000 / (MANY - FEW) for a, b in zip(few, many))

    def dump(self, name, path):
        self.run(name, 1, path)

    def close(self):
        pass


class Limit:
    """How long a machine takes to move the bytes that a workload must read and write, at the speed of a plain copy."""

    def __init__(self, command, threads, workloads, bytes_a_pixel):
        self.child, self.workloads, self.bytes_a_pixel = Child(command, threads), workloads, bytes_a_pixel

    def measure(self, name, heat):
        copied = self.workloads["frame"].bytes_moved()
        moved = self.workloads[name].bytes_moved() * self.bytes_a_pixel / 1.5
        return tuple(ms * moved / copied for ms in self.child.measure("frame", heat))

    def close(self):
        self.child.close()
