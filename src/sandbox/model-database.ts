import type { DuckDBConnection } from '@duckdb/node-api';
import type { Row, Scalar } from '../warehouse/port.ts';
import type { Database, Transaction } from './database.ts';
import type { ModelSpec } from './models.ts';

/** A transaction on one model's documents; the warehouse tables are everybody's. */
export interface ModelTransaction extends Transaction {
  spec: ModelSpec;
}

/** A transaction as one model's. */
export function ofModel(tx: Transaction, spec: ModelSpec): ModelTransaction {
  return {
    ...tx,
    spec,
    document: (name) => tx.document(`${spec.model}/${name}`),
    put: (name, value) => tx.put(`${spec.model}/${name}`, value),
  };
}

/** The database as one model sees it: its documents are its own, the warehouse tables are everybody's. */
export class ModelDatabase {
  readonly spec: ModelSpec;
  readonly #database: Database;

  constructor(database: Database, spec: ModelSpec) {
    this.#database = database;
    this.spec = spec;
  }

  connect(): Promise<DuckDBConnection> {
    return this.#database.connect();
  }

  read(sql: string, params?: Scalar[]): Promise<Row[]> {
    return this.#database.read(sql, params);
  }

  document<T>(name: string): T | undefined {
    return this.#database.document<T>(`${this.spec.model}/${name}`);
  }

  documents<T>(prefix: string): T[] {
    return this.#database.documents<T>(`${this.spec.model}/${prefix}`);
  }

  write<T>(work: (tx: ModelTransaction) => Promise<T>): Promise<T> {
    return this.#database.write((tx) => work(ofModel(tx, this.spec)));
  }
}
