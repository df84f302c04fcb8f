import type { Engine, EngineSession } from './engine.js';
import { clickHouseError } from './errors.js';

/** What a request says about its session. */
export interface SessionRequest {
  readonly id: string;
  readonly timeoutSeconds: number;
  /** The session must exist already. */
  readonly check: boolean;
  /** End the session after this request. */
  readonly close: boolean;
}

interface NamedSession {
  readonly session: EngineSession;
  busy: boolean;
  timer: NodeJS.Timeout | undefined;
}

export interface SessionLease {
  readonly session: EngineSession;
  release(): void;
}

/** The sessions that clients name by `session_id`: settings and temporary tables live until the timeout. */
export class NamedSessions {
  readonly #sessions = new Map<string, NamedSession>();

  constructor(private readonly engine: Engine) {}

  /** Takes the session for one request; SESSION_IS_LOCKED when another request has it. */
  lease(request: SessionRequest): SessionLease {
    const existing = this.#sessions.get(request.id);
    if (existing?.busy) {
      throw clickHouseError('SESSION_IS_LOCKED', `Session ${request.id} is locked by a concurrent client.`);
    }
    if (!existing && request.check) {
      throw clickHouseError('SESSION_NOT_FOUND', `Session ${request.id} not found.`);
    }
    const named = existing ?? { session: this.engine.open(), busy: false, timer: undefined };
    this.#sessions.set(request.id, named);
    clearTimeout(named.timer);
    named.busy = true;
    return {
      session: named.session,
      release: () => {
        named.busy = false;
        if (request.close) this.#end(request.id);
        else named.timer = this.#expireAfter(request);
      },
    };
  }

  closeAll(): void {
    for (const id of [...this.#sessions.keys()]) this.#end(id);
  }

  #expireAfter(request: SessionRequest): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#end(request.id);
    }, request.timeoutSeconds * 1000);
    return timer.unref();
  }

  #end(id: string): void {
    const named = this.#sessions.get(id);
    this.#sessions.delete(id);
    clearTimeout(named?.timer);
    named?.session.close();
  }
}
