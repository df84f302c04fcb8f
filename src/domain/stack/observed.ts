export interface ObservedContainer {
  id: string;
  /** Without the slash in front. */
  name: string;
  labels: Readonly<Record<string, string>>;
  /** Of the image it was made from. */
  imageId: string;
  state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  exitCode: number;
  /** Names of the networks it is connected to. */
  networks: readonly string[];
  /** Port of this machine by port of the container. */
  ports: Readonly<Record<number, number>>;
  environment: Readonly<Record<string, string>>;
}

export interface ObservedPart {
  id: string;
  name: string;
  labels: Readonly<Record<string, string>>;
}

/** What an engine has that concerns a lab: what bears its label, and what bears a name that it needs. */
export interface Observed {
  containers: readonly ObservedContainer[];
  networks: readonly ObservedPart[];
  volumes: readonly ObservedPart[];
  /** Id of each image that is there, by the name it was asked for. */
  images: ReadonlyMap<string, string>;
}
