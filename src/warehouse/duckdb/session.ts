import type { Statement } from '../dialect.ts';
import { type Row, type Warehouse, WarehouseError } from '../port.ts';
import { createSqlWarehouse } from '../sql-warehouse.ts';
import { duckdbDialect } from './dialect.ts';

export interface DuckDbOptions {
  /** Base address of the process that owns the database; statements go to `{url}/sql`. */
  url: string;
  token: string;
  fetch?: typeof fetch;
}

/** The reason inside `TypeError: fetch failed`. */
function reason(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message ? cause.message : message;
}

/** The AGENTOPS database in DuckDB, over the network: SQL with `?` parameters out, NDJSON rows back. */
export function createDuckDbWarehouse({ url, token, fetch: send = fetch }: DuckDbOptions): Warehouse {
  const endpoint = new URL('/sql', url).href;

  async function run({ sql, params }: Statement, signal?: AbortSignal): Promise<Row[]> {
    let status = 0;
    let body: string;
    try {
      const response = await send(endpoint, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ sql, params }),
        signal: signal ?? null,
      });
      status = response.status;
      body = await response.text();
    } catch (error) {
      throw new WarehouseError(`DuckDB at ${endpoint} did not answer: ${reason(error)}`, {
        permanent: false,
        cause: error,
      });
    }
    if (status !== 200) {
      throw new WarehouseError(`DuckDB at ${endpoint} answered ${status}: ${detailOf(body)}`, {
        permanent: status >= 400 && status < 500 && status !== 408 && status !== 429,
      });
    }
    try {
      return body.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Row]));
    } catch (error) {
      throw new WarehouseError(`DuckDB at ${endpoint} sent something that is not NDJSON`, {
        permanent: false,
        cause: error,
      });
    }
  }

  return createSqlWarehouse(duckdbDialect, run);
}

/** The `detail` of a problem document, or the start of whatever came. */
function detailOf(body: string): string {
  try {
    const problem = JSON.parse(body) as { detail?: string; title?: string };
    return problem.detail ?? problem.title ?? body.slice(0, 200);
  } catch {
    return body.slice(0, 200);
  }
}
