import { parentPort, workerData } from 'node:worker_threads';
import { reasonOf, StreamlabError } from '../errors.js';
import { openRun } from '../services/produce-run.js';
import { checkedKafkaSink } from './produce-sinks.js';
import { realClock, type FromThread, type ThreadData, type ToThread } from './produce-workers.js';

/** A worker of `produce`: sends its share and tells the main thread how it goes. */
const { request, ...sink } = workerData as ThreadData;
const port = parentPort;
if (port === null) throw new Error('produce-thread.js is the program of a worker thread');
const post = (message: FromThread): void => {
  port.postMessage(message);
};
const interrupter = new AbortController();
const started = new Promise<number>((resolve) => {
  port.on('message', (message: ToThread) => {
    if (message.type === 'start') resolve(message.startMs);
    else interrupter.abort();
  });
});

try {
  const run = await openRun(request, {
    openSink: (onDelivered, check) => checkedKafkaSink({ ...sink, onDelivered }, check),
    clock: realClock(),
    emit: (state) => {
      post({ type: 'state', state });
    },
    // The main thread writes it; what waits there is not known here.
    manifest: {
      write: (lines) => {
        post({ type: 'manifest', lines });
      },
      isFull: false,
      room: () => Promise.resolve(),
    },
    signal: interrupter.signal,
  });
  post({ type: 'ready' });
  post({ type: 'ended', state: await run(await started) });
} catch (error) {
  const { code, message, suggestions } =
    error instanceof StreamlabError ? error : new StreamlabError('SERVICE_FAILED', reasonOf(error));
  post({ type: 'failed', error: { code, message, suggestions } });
} finally {
  port.close();
}
