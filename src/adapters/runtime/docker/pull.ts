import type { Report } from '../../../domain/progress.js';

/** A line of the stream that the engine answers a pull with (Docker Engine API, ImageCreate). */
export interface PullEvent {
  status?: string;
  /** Of the layer; absent in lines about the whole image. */
  id?: string;
  progressDetail?: { current?: number; total?: number };
  error?: string;
}

interface Layer {
  status: string;
  current: number;
  total: number;
  done: boolean;
}

const finished = new Set(['Pull complete', 'Already exists']);

/** Layers of an image that is being pulled, and how far each is. */
export class PullProgress {
  private readonly layers = new Map<string, Layer>();

  constructor(
    private readonly image: string,
    private readonly report: Report,
  ) {
    this.show('running', 'asking the registry');
  }

  take({ id, status = '', progressDetail }: PullEvent): void {
    if (id === undefined || status.startsWith('Pulling from')) return;
    const before = this.layers.get(id);
    const isDownload = status === 'Downloading';
    this.layers.set(id, {
      status,
      done: finished.has(status),
      // Extracting counts from zero again; the bar shows what is downloaded.
      current: isDownload ? (progressDetail?.current ?? 0) : (before?.total ?? 0),
      // The engine says -1 where the registry does not tell the size.
      total: isDownload ? Math.max(0, progressDetail?.total ?? before?.total ?? 0) : (before?.total ?? 0),
    });
    this.show('running', this.detail());
  }

  done(): void {
    const layers = this.layers.size;
    this.show('done', layers === 0 ? 'up to date' : `${layers} ${layers === 1 ? 'layer' : 'layers'}`);
  }

  failed(): void {
    this.show('failed');
  }

  /** `5 of 9 layers: 3f2a9c1b 45%, 9c11d0aa extracting`. */
  private detail(): string {
    const all = [...this.layers.entries()];
    const active = all
      .filter(([, { done, status }]) => !done && status !== 'Waiting' && status !== 'Pulling fs layer')
      .map(([id, layer]) => `${id.slice(0, 8)} ${stateOf(layer)}`);
    const done = all.filter(([, layer]) => layer.done).length;
    return `${done} of ${all.length} layers${active.length === 0 ? '' : `: ${active.slice(0, 4).join(', ')}`}`;
  }

  private fraction(): number | undefined {
    const all = [...this.layers.values()];
    const total = all.reduce((sum, layer) => sum + layer.total, 0);
    const current = all.reduce((sum, layer) => sum + Math.min(layer.current, layer.total), 0);
    return total === 0 ? undefined : current / total;
  }

  private show(state: 'running' | 'done' | 'failed', detail?: string): void {
    const fraction = this.fraction();
    this.report({
      type: 'step',
      id: `pull ${this.image}`,
      title: `image ${this.image}`,
      state,
      ...(detail === undefined ? {} : { detail }),
      ...(fraction === undefined ? {} : { fraction }),
    });
  }
}

function stateOf({ status, current, total }: Layer): string {
  return status === 'Downloading' && total > 0
    ? `${Math.floor((100 * current) / total)}%`
    : status.toLowerCase();
}
