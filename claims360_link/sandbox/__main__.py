"""`python -m claims360_link.sandbox`: runs the sandbox until it is told to end."""

import argparse
import signal
import sys

from claims360_link.sandbox.seeding import seed
from claims360_link.sandbox.server import make_server
from claims360_link.sandbox.store import Store


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="claims360_sandbox", description="A Claims360 to try and test against."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9360, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same data and keys")
    parser.add_argument("--missions", type=int, default=24)
    parser.add_argument("--photos", type=int, default=4, help="of each mission")
    parser.add_argument("--state", default=":memory:", help="the file that keeps the state")
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    store = Store(asked.state, seed=asked.seed)
    seed(store, asked.missions, asked.photos)
    try:
        server = make_server(store, asked.host, asked.port)
    except OSError as error:
        sys.stderr.write(f"{asked.host}:{asked.port}: {error.strerror}\n")
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.stdout.write(f"Claims360 sandbox: http://{asked.host}:{server.socket.getsockname()[1]}\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
        store.db.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
