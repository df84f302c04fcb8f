/** Why a service could not be reached, as far as an error tells. */
export type ConnectFailureKind =
  | 'unknown-host'
  | 'refused'
  | 'timeout'
  | 'unreachable'
  | 'untrusted'
  | 'wrong-name'
  | 'expired'
  | 'client-certificate'
  | 'no-tls-there'
  | 'closed'
  | 'login-refused'
  | 'no-such-mechanism'
  | 'forbidden'
  | 'other';

export interface ConnectFailure {
  kind: ConnectFailureKind;
  /** What the innermost error says. */
  reason: string;
}

/** Codes of Node (errno, OpenSSL's X509_V_ERR_*, TLS) and of Kafka's protocol. */
const kindOfCode: Readonly<Record<string, ConnectFailureKind>> = {
  ENOTFOUND: 'unknown-host',
  EAI_AGAIN: 'unknown-host',
  EAI_NODATA: 'unknown-host',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  PLT_KFK_TIMEOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted',
  CERT_UNTRUSTED: 'untrusted',
  CERT_SIGNATURE_FAILURE: 'untrusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-name',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'expired',
  ERR_SSL_WRONG_VERSION_NUMBER: 'no-tls-there',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'no-tls-there',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'client-certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'client-certificate',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'client-certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'client-certificate',
  SASL_AUTHENTICATION_FAILED: 'login-refused',
  UNSUPPORTED_SASL_MECHANISM: 'no-such-mechanism',
  ILLEGAL_SASL_STATE: 'no-such-mechanism',
  TOPIC_AUTHORIZATION_FAILED: 'forbidden',
  GROUP_AUTHORIZATION_FAILED: 'forbidden',
  CLUSTER_AUTHORIZATION_FAILED: 'forbidden',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'forbidden',
  // ClickHouse, and what the Flink room makes of a proxy's 401.
  AUTHENTICATION_FAILED: 'login-refused',
  NOT_PERMITTED: 'login-refused',
  REQUIRED_PASSWORD: 'login-refused',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
  UND_ERR_SOCKET: 'closed',
};

const kindOfMessage: readonly [RegExp, ConnectFailureKind][] = [
  [/before secure TLS connection was established|wrong version number/i, 'no-tls-there'],
  [/SASL .*authentication failed/i, 'login-refused'],
  [/not support.* SASL mechanism|SASL mechanism .* not (?:supported|enabled)/i, 'no-such-mechanism'],
  [/unable to verify|self[- ]signed certificate/i, 'untrusted'],
  [/timed? ?out/i, 'timeout'],
  [/Connection closed|socket hang up|Parse Error/i, 'closed'],
];

interface Link {
  code: string;
  message: string;
}

/** What an error of a client library means: its own codes and messages, and those of its causes, innermost first. */
export function connectFailure(error: unknown): ConnectFailure {
  const chain = chainOf(error).reverse();
  const reason = (chain.find(({ message }) => message !== '')?.message ?? String(error)).split('\n')[0] ?? '';
  const byMessage = (patterns: typeof kindOfMessage): ConnectFailureKind | undefined =>
    patterns.find(([pattern]) => chain.some(({ message }) => pattern.test(message)))?.[1];
  const tls = byMessage(kindOfMessage.slice(0, 1));
  const byCode = chain.map(({ code }) => kindOfCode[code]).find((kind) => kind !== undefined);
  return { kind: tls ?? byCode ?? byMessage(kindOfMessage) ?? 'other', reason };
}

/** The error, its parts and its causes, outermost first. */
function chainOf(error: unknown, depth = 0): Link[] {
  if (typeof error !== 'object' || error === null || depth > 6) return [];
  const { code, apiId, type, message, cause, errors } = error as Record<string, unknown>;
  const codes = [apiId, type, code].filter((value) => typeof value === 'string');
  const links = (codes.length === 0 ? [''] : codes).map((value) => ({
    code: value,
    message: typeof message === 'string' ? message : '',
  }));
  const several: unknown[] = Array.isArray(errors) ? errors : [];
  const parts = [...several.slice(0, 1), cause];
  return [...links, ...parts.flatMap((part) => chainOf(part, depth + 1))];
}
