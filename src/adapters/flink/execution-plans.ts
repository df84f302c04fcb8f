import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionPlan } from '../../domain/execution-plan.js';
import { reasonOf, StreamlabError } from '../../errors.js';
import { abortError } from './http.js';
import { rootCauseOf } from './java-errors.js';

/** Where Flink's REST interface takes jobs; the name of the file in the form is the client's choice. */
const jobsPath = /^\/(?:v\d+\/)?jobs$/;

/**
 * Lets the SQL Gateway plan and submit a job, and catches the plan on its way to the JobManager, which never sees it.
 * @param submit runs the statements in a session with these properties; it fails, as its submission is refused
 * @throws StreamlabError JOB_FAILED when no plan came by; whatever `submit` throws before
 */
export async function catchPlan(
  restUrl: string,
  submit: (properties: Readonly<Record<string, string>>) => Promise<unknown>,
): Promise<ExecutionPlan> {
  let caught: ExecutionPlan | undefined;
  const server = createServer((incoming, outgoing) => {
    if (incoming.method === 'POST' && jobsPath.test(incoming.url ?? '')) {
      bodyOf(incoming).then(
        (body) => {
          caught ??= planIn(body);
          // A refusal that the client does not repeat.
          outgoing.writeHead(400, { 'content-type': 'application/json' });
          outgoing.end(JSON.stringify({ errors: ['The plan is kept.'] }));
        },
        // The SQL Gateway ended meanwhile: `submit` fails.
        () => outgoing.destroy(),
      );
    } else {
      passOn(restUrl, incoming, outgoing);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    await submit({ 'rest.address': '127.0.0.1', 'rest.port': String(port) });
  } catch (error) {
    if (caught === undefined) throw error;
  } finally {
    server.close();
    server.closeAllConnections();
  }
  if (caught === undefined) throw new StreamlabError('JOB_FAILED', 'The SQL Gateway sent no plan.');
  return caught;
}

function passOn(restUrl: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, headers } = incoming;
  const onward = forward(`${restUrl}${incoming.url ?? ''}`, { method, headers, agent: false }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Of the client's form (multipart/form-data): the file whose name holds the job's id. */
function planIn(body: Buffer): ExecutionPlan | undefined {
  const disposition = body.indexOf('filename="');
  if (disposition < 0) return undefined;
  const begin = body.indexOf('\r\n\r\n', disposition) + 4;
  const jobId = /filename="[^"]*-([0-9a-f]{32})\d*\.bin"/.exec(
    body.toString('latin1', disposition, begin),
  )?.[1];
  const boundary = body.subarray(0, body.indexOf('\r\n'));
  const end = body.indexOf(Buffer.concat([Buffer.from('\r\n'), boundary]), begin);
  return jobId === undefined || end < 0 ? undefined : { jobId, bytes: body.subarray(begin, end) };
}

/**
 * Submits a plan as Flink's own client does.
 * @returns whether Flink took it; false if it cannot read it, as one of another version
 * @throws StreamlabError JOB_FAILED when Flink refuses it for another reason; SERVICE_UNREACHABLE, TIMED_OUT, INTERRUPTED, after
 *   which it may have been submitted
 */
export async function submitPlan(
  restUrl: string,
  { bytes }: ExecutionPlan,
  signal: AbortSignal,
): Promise<boolean> {
  const form = new FormData();
  const name = 'plan.bin';
  const request = { executionPlanFileName: name, jobJarFileNames: [], jobArtifactFileNames: [] };
  form.append('request', JSON.stringify(request));
  form.append('file_0', new Blob([bytes]), name);
  const { status, text } = await post(`${restUrl}/v1/jobs`, form, signal);
  if (status === 400) return false;
  if (status < 300) return true;
  throw new StreamlabError('JOB_FAILED', `Flink at ${restUrl} does not start the job: ${rootCauseOf(text)}`);
}

async function post(
  url: string,
  body: FormData,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, { method: 'POST', body, signal });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    if (signal.aborted) throw abortError(signal, `submitting the job to ${url}`);
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new StreamlabError('SERVICE_UNREACHABLE', `Flink does not answer at ${url}: ${reasonOf(cause)}.`, {
      cause: error,
    });
  }
}
