import {
  addPartitionsToTxnV3,
  endTxnV3,
  findCoordinatorV6,
  initProducerIdV4,
  type Connection,
} from './client.js';
import type { KafkaCluster } from './cluster.js';
import { persist, type Patience } from './persist.js';

/** What the coordinator gave a producer; a later one of the same transactional id has a higher epoch, and fences this one. */
export interface ProducerIdentity {
  id: bigint;
  epoch: number;
}

export interface TopicPartitions {
  name: string;
  partitions: number[];
}

const transactionKey = 1;
/** The coordinator is to give an identity of its own choice (KIP-360). */
const noProducer = { id: -1n, epoch: -1 };

/**
 * The broker that keeps the transactions of one transactional id (KIP-98). Every request may be sent again when its answer
 * got lost: the coordinator knows what it did. Errors are those of the client library.
 */
export class TransactionCoordinator {
  private address: string | undefined;

  constructor(
    private readonly cluster: KafkaCluster,
    private readonly transactionalId: string,
  ) {}

  /**
   * Takes the transactional id over: what an earlier producer left open is committed, where it had been decided, or
   * aborted before this resolves, and that producer is fenced.
   */
  async takeOver(transactionTimeoutMs: number, patience: Patience): Promise<ProducerIdentity> {
    const { producerId, producerEpoch } = await this.ask(patience, (connection) =>
      initProducerIdV4.api.async(
        connection,
        this.transactionalId,
        transactionTimeoutMs,
        noProducer.id,
        noProducer.epoch,
      ),
    );
    return { id: producerId, epoch: producerEpoch };
  }

  /** Makes partitions part of the transaction; the first ones begin it. */
  async addPartitions(
    { id, epoch }: ProducerIdentity,
    topics: TopicPartitions[],
    patience: Patience,
  ): Promise<void> {
    const { transactionalId } = this;
    const transaction = {
      transactionalId,
      producerId: id,
      producerEpoch: epoch,
      verifyOnly: false,
      topics,
    };
    await this.ask(patience, (connection) => addPartitionsToTxnV3.api.async(connection, [transaction]));
  }

  /** Commits or aborts; decided when this resolves, visible a moment later. */
  async end({ id, epoch }: ProducerIdentity, isCommit: boolean, patience: Patience): Promise<void> {
    await this.ask(patience, (connection) =>
      endTxnV3.api.async(connection, this.transactionalId, id, epoch, isCommit),
    );
  }

  private ask<T>(patience: Patience, request: (connection: Connection) => Promise<T>): Promise<T> {
    return persist(patience, async () => {
      try {
        this.address ??= await this.find();
        return await request(await this.cluster.connect(this.address));
      } catch (error) {
        // It may have moved, or gone.
        this.address = undefined;
        throw error;
      }
    });
  }

  private async find(): Promise<string> {
    const connection = await this.cluster.anyBroker();
    const { coordinators } = await findCoordinatorV6.api.async(connection, transactionKey, [
      this.transactionalId,
    ]);
    const [found] = coordinators;
    if (found === undefined) throw new Error(`no coordinator of ${this.transactionalId}`);
    return `${found.host}:${String(found.port)}`;
  }
}
