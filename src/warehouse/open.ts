import type { Config } from '../config/config.ts';
import { createDuckDbWarehouse } from './duckdb/session.ts';
import type { Warehouse } from './port.ts';
import { createSnowflakeWarehouse } from './snowflake/session.ts';

/** The warehouse that is configured: Snowflake where an account is named, else DuckDB behind `token`. Connects when asked. */
export function openWarehouse(
  { snowflake, warehouse, environment }: Pick<Config, 'snowflake' | 'warehouse' | 'environment'>,
  token: string,
): Warehouse {
  return snowflake
    ? createSnowflakeWarehouse(snowflake, { environment })
    : createDuckDbWarehouse({ url: warehouse.url, token });
}
