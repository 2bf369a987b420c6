from __future__ import annotations

from stackctl.health.evidence import Listener
from stackctl.health.sockets import read_listeners

TEXT = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 0B00007F:9C2B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1
   2: 00000000:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1
   3: 020012AC:18EB 030012AC:D431 01 00000000:00000000 00:00000000 00000000     0        0 4 1
  sl  local_address                         remote_address                        st tx_queue
   0: 00000000000000000000000000000000:18EB 00000000000000000000000000000000:0000 0A 0 0
   1: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0 0
   2: 00000000000000000000000000000000:0BB8 00000000000000000000000000000000:0000 0A 0 0
"""


def test_listening_ports_are_read_and_loopback_is_told() -> None:
    assert read_listeners(TEXT) == (
        Listener(80, loopback=True),
        Listener(3000),
        Listener(6379),
        Listener(8000, loopback=True),
    )


def test_a_port_on_loopback_and_elsewhere_is_open() -> None:
    both = "0: 0100007F:0050 0:0 0A\n1: 00000000:0050 0:0 0A\n"
    assert read_listeners(both) == (Listener(80),)


def test_nothing_listens() -> None:
    assert read_listeners("") == ()
