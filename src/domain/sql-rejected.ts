/** Where SQL is wrong, counted from 1 in the text that was sent. */
export interface SqlPosition {
  line: number;
  column: number;
}

/**
 * A statement that Flink would not run. It does not leave the services: they know the statement's file, and make a
 * StreamlabError of it.
 */
export class SqlRejected extends Error {
  constructor(
    /** The root cause, one sentence, no stack. */
    readonly sentence: string,
    /** `submission`: the SQL was understood, but the job could not be started. */
    readonly phase: 'sql' | 'submission',
    /** Where in the statement, when Flink says so. */
    readonly position?: SqlPosition,
  ) {
    super(sentence);
    this.name = 'SqlRejected';
  }
}
