import { createServer } from 'node:http';
import { connect } from 'node:net';

// The Kafka UI stand-in: the cluster of KAFKA_CLUSTERS_0_*, and a health that is UP only while Kafka can be reached.

const { KAFKA_CLUSTERS_0_NAME: name, KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS: bootstrap } = process.env;
if (!name || !bootstrap) {
  console.error('KAFKA_CLUSTERS_0_NAME and KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS must be set');
  process.exit(1);
}

function reachable() {
  const [host, port] = bootstrap.split(',')[0].split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: 3000 });
    const end = (result) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

function answer(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

const server = createServer(async (request, response) => {
  const up = await reachable();
  if (request.url === '/actuator/health') {
    answer(response, up ? 200 : 503, { status: up ? 'UP' : 'DOWN' });
  } else if (request.url === '/api/clusters') {
    answer(response, 200, [{ name, status: up ? 'online' : 'offline', brokerCount: up ? 1 : 0 }]);
  } else {
    answer(response, 404, { message: 'Not found' });
  }
});
server.listen(8080, () => console.log(`Kafka UI stand-in: cluster ${name} at ${bootstrap}`));

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));
