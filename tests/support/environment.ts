import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

type Arguments = ConstructorParameters<typeof TestEnvironment>;

/**
 * Jest's Node environment over an ordinary global object. Jest's own global is a proxy behind interceptors, so that every use
 * of `Math` or `Float64Array` costs up to twenty times its price (jest-environment-node 30.5.2).
 */
export default class OrdinaryGlobal extends TestEnvironment {
  constructor(...args: Arguments) {
    const { createContext } = vm;
    vm.createContext = (() => createContext(vm.constants.DONT_CONTEXTIFY)) as typeof createContext;
    try {
      super(...args);
      if (this.context !== this.global)
        throw new Error(
          'expected the global object itself as context, got another; jest-environment-node makes it otherwise now',
        );
    } finally {
      vm.createContext = createContext;
    }
  }
}
