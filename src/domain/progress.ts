/** What a service reports while it works; displays turn it into a live view, plain lines, or nothing. */
export type ProgressEvent =
  | {
      type: 'step';
      /** Stable within one command; a later event of the same id replaces the earlier. */
      id: string;
      title: string;
      state: 'running' | 'done' | 'failed' | 'skipped';
      detail?: string;
      /** 0 to 1, where the work can be measured. */
      fraction?: number;
    }
  /** Something that changes all the time: `lines` replace the last ones on a terminal, `line` is for a log, once a second. */
  | { type: 'live'; id: string; lines: readonly string[]; line: string }
  | { type: 'message'; text: string };

export type Report = (event: ProgressEvent) => void;
