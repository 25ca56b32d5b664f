"""A relay before a real database server: it can go away, or stay silent, without anybody stopping the server."""

import socket
import threading
from contextlib import suppress
from typing import Self


class Relay:
    """Listens on a free loopback port and passes bytes on, both ways, while it is up."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.open: list[socket.socket] = []
        self.is_flowing = threading.Event()  # set while it passes bytes on
        self.is_flowing.set()
        self.listener = self._listen(0)
        self.port: int = self.listener.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.down()

    def down(self) -> None:
        """Cut all connections and refuse new ones."""
        for each in (self.listener, *self.open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self.open.clear()

    def up(self) -> None:
        self.listener = self._listen(self.port)

    def freeze(self) -> None:
        """Pass nothing on any more, on open connections either: what is sent is taken and never answered."""
        self.is_flowing.clear()

    def thaw(self) -> None:
        self.is_flowing.set()

    def silent(self) -> None:
        """Take connections, and pass nothing on."""
        self.down()
        self.listener = self._listen(self.port, answer=False)

    def _listen(self, port: int, *, answer: bool = True) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, args=(listener, answer), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket, answer: bool) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                self.open.append(near)
                if answer:
                    far = socket.create_connection(self.target)
                    self.open.append(far)
                    for pair in ((near, far), (far, near)):
                        threading.Thread(target=self._copy, args=pair, daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self.is_flowing.wait()
                sink.sendall(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
