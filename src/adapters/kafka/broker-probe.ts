import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { hostOf } from './client-options.js';

const metadataKey = 3;
/** The oldest version in which an empty list of topics asks for none. */
const metadataVersion = 1;
const clientId = 'streamlab';
/** Comes back in the answer: what else may listen there does not know it. */
const correlationId = 0x73_6c_61_62;
const answerMs = 5_000;

/**
 * Whether one of the brokers answers a metadata request; false instead of an error. The request is made by hand, as a
 * client library takes longer to load than the broker to answer. Without TLS and login: for brokers of this machine.
 */
export async function brokerAnswers(brokers: readonly string[]): Promise<boolean> {
  const asked = brokers.map(async (broker) => {
    if (!(await oneAnswers(broker))) throw new Error(`${broker} does not answer`);
  });
  return Promise.any(asked).then(
    () => true,
    () => false,
  );
}

function oneAnswers(broker: string): Promise<boolean> {
  const socket = connect(hostOf(broker));
  const answered = new Promise<boolean>((resolve) => {
    let answer = Buffer.alloc(0);
    socket.once('error', () => {
      resolve(false);
    });
    socket.once('close', () => {
      resolve(false);
    });
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= brokersAt + 4) resolve(namesBrokers(answer));
    });
  });
  socket.write(metadataRequest());
  const givenUp = new AbortController();
  const timedOut = delay(answerMs, false, { signal: givenUp.signal });
  timedOut.catch(() => undefined);
  return Promise.race([answered, timedOut]).finally(() => {
    givenUp.abort();
    socket.destroy();
  });
}

const correlationAt = 4;
const brokersAt = 8;

/** In a response come its size and the correlation id, and then the brokers, their number first. */
function namesBrokers(answer: Buffer): boolean {
  return answer.readInt32BE(correlationAt) === correlationId && answer.readInt32BE(brokersAt) > 0;
}

/** Header version 1 and MetadataRequest.json of Kafka: sizes and numbers are big endian. */
function metadataRequest(): Buffer {
  const name = Buffer.from(clientId);
  const body = Buffer.alloc(2 + 2 + 4 + 2);
  body.writeInt16BE(metadataKey, 0);
  body.writeInt16BE(metadataVersion, 2);
  body.writeInt32BE(correlationId, 4);
  body.writeInt16BE(name.length, 8);
  const noTopics = Buffer.alloc(4);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length + name.length + noTopics.length);
  return Buffer.concat([size, body, name, noTopics]);
}
