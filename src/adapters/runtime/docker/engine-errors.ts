import { reasonOf, StreamlabError, type ErrorCode } from '../../../errors.js';
import type { EngineAddress } from './engine-address.js';

/** An answer of the engine that is an error, or a failure to reach it (docker-modem). */
interface EngineFailure {
  statusCode?: number;
  code?: string;
  /** Of a file of this machine. */
  path?: string;
  message: string;
}

const elsewhere = 'Without Docker: --runtime local needs Java only.';

/** The StreamlabError for whatever the engine or the way to it said while `doing`. */
export function engineError(address: EngineAddress, doing: string, error: unknown): StreamlabError {
  if (error instanceof StreamlabError) return error;
  const failure = asFailure(error);
  const make = (code: ErrorCode, sentence: string, suggestions: string[]): StreamlabError =>
    new StreamlabError(code, sentence, { suggestions, cause: error });
  const text = detailOf(failure);
  if (/no space left on device/i.test(text)) {
    return make('DISK_FULL', `The Docker engine has no space left (${doing}).`, [
      'See what takes it with: docker system df',
      'Free some, for instance with: docker image prune',
    ]);
  }
  if (failure.path !== undefined) return make('SERVICE_FAILED', `Docker could not ${doing}: ${text}.`, []);
  if (failure.statusCode === undefined) return unreachable(address, failure, error);
  if (/HTTP request to an HTTPS server/i.test(text)) {
    const sentence = `The Docker engine at ${address.text} (from ${address.source}) speaks TLS only.`;
    return make('SERVICE_UNREACHABLE', sentence, [
      'Set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to the folder with ca.pem, cert.pem and key.pem.',
    ]);
  }
  const clash = portClash(text);
  if (clash !== undefined) {
    return make('PORT_TAKEN', `Port ${clash} is taken (${doing}).`, [
      address.host === undefined
        ? 'Name another port (see streamlab up --help), or run streamlab up again to have a free one chosen.'
        : 'Name another port: streamlab up --help shows how.',
    ]);
  }
  return make('SERVICE_FAILED', `The Docker engine could not ${doing}: ${text}`, []);
}

/**
 * The port of this machine in what engines say of one that is taken: "Bind for 127.0.0.1:9092 failed: port is already
 * allocated", "listen tcp4 127.0.0.1:9092: bind: address already in use", since version 28 "failed to bind host port for
 * 127.0.0.1:9092:172.18.0.2:9092/tcp: address already in use"; of Docker Desktop "Ports are not available: exposing port
 * TCP 127.0.0.1:9092 -> 127.0.0.1:0: …", which on Windows ends in "Only one usage of each socket address …".
 */
function portClash(text: string): number | undefined {
  if (
    !/port is already allocated|address already in use|ports are not available|only one usage of each/i.test(
      text,
    )
  )
    return undefined;
  const port = /(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:]*\]):(\d{1,5})(?!\d)/i.exec(text)?.[1];
  return port === undefined ? undefined : Number(port);
}

function unreachable(address: EngineAddress, failure: EngineFailure, error: unknown): StreamlabError {
  const where = `${address.text} (from ${address.source})`;
  const { code } = failure;
  if (code === 'EACCES' || code === 'EPERM') {
    return new StreamlabError('NOT_PERMITTED', `You may not use the Docker engine at ${where}.`, {
      suggestions: [
        'Join the group that may, and log in anew: sudo usermod -aG docker $USER (its members are as powerful as root), or set up rootless Docker.',
        elsewhere,
      ],
      cause: error,
    });
  }
  const why = code === 'ENOENT' ? 'there is no such socket' : deepReason(error);
  return new StreamlabError(
    'SERVICE_UNREACHABLE',
    `The Docker engine at ${where} cannot be reached: ${why}.`,
    {
      suggestions: [
        'Start Docker, or set DOCKER_HOST or the Docker context to an engine that runs.',
        elsewhere,
      ],
      cause: error,
    },
  );
}

function deepReason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return deepReason(error.errors[0]);
  return reasonOf(error).replace(/\.$/, '');
}

/** Status of the engine's answer, for callers that expect some of them. */
export function statusOf(error: unknown): number | undefined {
  return asFailure(error).statusCode;
}

function asFailure(error: unknown): EngineFailure {
  if (typeof error !== 'object' || error === null) return { message: String(error) };
  const { statusCode, code, path, message } = error as Partial<EngineFailure>;
  return {
    message: message ?? '',
    ...(statusCode === undefined ? {} : { statusCode }),
    ...(code === undefined ? {} : { code }),
    ...(path === undefined ? {} : { path }),
  };
}

/** docker-modem: "(HTTP code 409) unexpected - Conflict. The container name …". */
function detailOf({ message }: EngineFailure): string {
  return message.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim();
}

/**
 * Why an image could not be pulled, by what registries answer (OCI distribution specification, error codes).
 * @param said the engine's words
 */
export function pullError(address: EngineAddress, image: string, error: unknown): StreamlabError {
  const failure = asFailure(error);
  const said = detailOf(failure);
  // A registry's refusal comes as an answer or as a line of the stream; a broken connection has neither.
  if (failure.code !== undefined && failure.statusCode === undefined)
    return engineError(address, `pull ${image}`, error);
  if (/no space left on device/i.test(said)) return engineError(address, `pull ${image}`, error);
  const [why, ...suggestions] = pullReason(said);
  return new StreamlabError('DOWNLOAD_FAILED', `The image ${image} could not be pulled: ${why ?? said}.`, {
    suggestions: [...suggestions, 'Image names are settings: docs/docker.md says which.', elsewhere],
    evidence: [said],
    cause: error,
  });
}

function pullReason(said: string): string[] {
  if (/toomanyrequests|rate limit|\b429 too many/i.test(said))
    return ['the registry allows no more pulls for now', 'Log in to it with docker login, or name a mirror.'];
  if (/unauthorized|denied|authentication required|no basic auth/i.test(said))
    return [
      'the registry refuses it, or does not have it',
      'Check the name; for a private image: docker login.',
    ];
  // Some engines add ": not found" to it.
  if (/no matching manifest|no match for platform/i.test(said))
    return ['there is none for this kind of processor'];
  if (/manifest unknown|not found|repository name/i.test(said))
    return ['the registry does not have it', 'Check the name and the tag.'];
  if (
    /timeout|deadline|no such host|dial tcp|connection refused|network is unreachable|\bEOF\b|lookup /i.test(
      said,
    )
  )
    return ['the registry cannot be reached', 'Check the network and the proxy settings of the engine.'];
  return [];
}
