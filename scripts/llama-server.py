"""llama.cpp's own HTTP server, from the wheel `xllamacpp`, with the few options of `llama-server` that the tests use.

For processors that the prebuilt `llama-server` program was not built for.
"""

import argparse
import signal
import threading

import xllamacpp

options = argparse.ArgumentParser(prog="llama-server", description=__doc__)
options.add_argument("--version", action="version", version=xllamacpp.__version__)
options.add_argument("-m", dest="model", required=True, metavar="FILE")
options.add_argument("--host", default="127.0.0.1")
options.add_argument("--port", type=int, default=8080)
options.add_argument("-c", dest="context", type=int, default=2048, metavar="TOKENS")
options.add_argument("-t", dest="threads", type=int, default=1, metavar="THREADS")
options.add_argument("-np", dest="slots", type=int, default=1, metavar="SLOTS")
options.add_argument("--alias", default="model")
options.add_argument("--api-prefix", default="")
options.add_argument("--api-key", action="append", default=[])
options.add_argument("--cors-origins", default=None)
options.add_argument("--cors-headers", default=None)
options.add_argument("--jinja", action="store_true")
options.add_argument("--no-webui", action="store_true")
given = options.parse_args()

params = xllamacpp.CommonParams()
params.model.path = given.model
params.hostnames = [given.host]
params.port = given.port
params.n_ctx = given.context
params.n_parallel = given.slots
params.cpuparams.n_threads = given.threads
params.model_alias = {given.alias}
params.api_prefix = given.api_prefix
params.api_keys = given.api_key
params.use_jinja = given.jinja
if given.cors_origins is not None:
    params.cors_origins = given.cors_origins
    params.cors_origins_explicit = True
if given.cors_headers is not None:
    params.cors_headers = given.cors_headers
params.ui = not given.no_webui

stop = threading.Event()
for name in (signal.SIGTERM, signal.SIGINT):
    signal.signal(name, lambda *_: stop.set())
server = xllamacpp.Server(params)
print(f"listening on {server.listening_address}", flush=True)
stop.wait()
