import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';

// The server of the ClickHouse stand-in: the daemon of streamlab's local runtime. When `default` is closed to the network,
// the daemon listens on 127.0.0.1 only, and every other address of the container gets ClickHouse's refusal.

const port = 8123;
const refusal =
  'Code: 516. DB::Exception: default: Authentication failed: password is incorrect, or there is no user with such name. ' +
  '(AUTHENTICATION_FAILED)\n';

function closedDoor(address) {
  createServer((request, response) => {
    request.resume();
    if (request.url === '/ping') {
      response.end('Ok.\n');
      return;
    }
    response.writeHead(403, { 'X-ClickHouse-Exception-Code': '516' }).end(refusal);
  }).listen(port, address);
}

// Returns when the daemon answers; a ping must not come true earlier through the other door.
await import('/opt/streamlab/dist/adapters/runtime/local/clickhouse/daemon.js');
if (process.env.STAND_IN_CLOSED === '1') {
  for (const { address, internal, family } of Object.values(networkInterfaces()).flat()) {
    if (!internal && family === 'IPv4') closedDoor(address);
  }
}
