"""The way in from outside: pages, sockets, REST, uploads, and the guard before them all."""
