import OrdinaryGlobal from './environment.ts';

/**
 * Jest gives test files typed arrays of their own, which onnxruntime does not take for such: it makes and checks those of
 * the process. Test files that run a model name this environment.
 */
export default class NativeArrays extends OrdinaryGlobal {
  override async setup(): Promise<void> {
    await super.setup();
    Object.assign(this.global, { Float32Array, BigInt64Array });
  }
}
