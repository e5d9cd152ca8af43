/** The models that the sandbox serves: independent N(0,1) features, and positives whose means lie apart (design §10). */

/** `v' = scale · v + shift` */
export interface Affine {
  scale: number;
  shift: number;
}

/** A model and the world around it. */
export interface ModelSpec {
  model: string;
  /** The pipeline that loads its rows, and the system that pipeline reads. */
  pipeline: string;
  source: string;
  features: readonly string[];
  /** Share of positives: fraud, or charges that are disputed. */
  positiveShare: number;
  /** Mean of each feature among the positives, in the order of `features`. */
  positiveMeans: readonly number[];
  /** The two features that tell positives most clearly. */
  strongest: readonly [string, string];
  /** Its rows a second, as a share of the sandbox's traffic. */
  trafficShare: number;
  /** Rows of its history, relative to the classifier's. */
  historyShare: number;
  /** Added to the seed, so that each model draws its own numbers. */
  salt: number;
  /** Begins every prediction id. */
  idPrefix: string;
  /** What faults change where the request names nothing. */
  defaults: {
    /** `upstream_change`, and the change in its history that was taken back. */
    upstream: Record<string, Affine>;
    outage: readonly string[];
    seasonal: readonly string[];
    /** `model_regression` */
    skew: Record<string, Affine>;
    /** `training_data_corruption` with labels added. */
    mislabelled: readonly string[];
    /** `attack_wave`: what the positives of the wave have in common. */
    wave: Record<string, { mean: number; sd: number }>;
  };
}

/** Means at a distance of `norm` from 0; `weights` are shares of its square, the other features share the rest equally. */
function meansOf(features: readonly string[], norm: number, weights: Record<string, number>): number[] {
  const given = Object.values(weights);
  const rest = (1 - given.reduce((sum, weight) => sum + weight)) / (features.length - given.length);
  return features.map((feature, i) => {
    const length = norm * Math.sqrt(weights[feature] ?? rest);
    return feature in weights || i % 2 === 0 ? -length : length;
  });
}

const CARD_FEATURES = [...Array.from({ length: 28 }, (_, i) => `V${i + 1}`), 'amount'];

/** Card payments: is it fraud? */
export const CLASSIFIER: ModelSpec = {
  model: 'classifier',
  pipeline: 'transactions',
  source: 'card-vendor-feed',
  features: CARD_FEATURES,
  positiveShare: 0.02,
  positiveMeans: meansOf(CARD_FEATURES, 4.25, { V14: 0.36, V17: 0.27 }),
  strongest: ['V14', 'V17'],
  trafficShare: 1,
  historyShare: 1,
  salt: 0,
  idPrefix: '',
  defaults: {
    upstream: { V14: { scale: 1.16, shift: 1.05 }, V17: { scale: 1.16, shift: 0.89 } },
    outage: ['V3', 'V7', 'V10', 'V16', 'V18', 'V21'],
    seasonal: ['V14', 'V17', 'V4', 'V8', 'V12', 'V19', 'V22', 'V25', 'amount'],
    skew: { V14: { scale: 3, shift: 0 } },
    mislabelled: ['V20'],
    wave: { amount: { mean: -0.9, sd: 0.15 } },
  },
};

const ORDER_FEATURES = [
  'order_value',
  'items',
  'discount',
  'delivery_days',
  'address_distance',
  'account_age',
  'past_orders',
  'past_disputes',
];

/** Orders: will the customer dispute the charge? */
export const CHARGEBACK: ModelSpec = {
  model: 'chargeback',
  pipeline: 'orders',
  source: 'order-service',
  features: ORDER_FEATURES,
  positiveShare: 0.1,
  positiveMeans: meansOf(ORDER_FEATURES, 3.4, { delivery_days: 0.34, discount: 0.26 }),
  strongest: ['delivery_days', 'discount'],
  trafficShare: 0.2,
  historyShare: 0.2,
  salt: 7919,
  idPrefix: 'c',
  defaults: {
    upstream: { delivery_days: { scale: 1.16, shift: 1.05 }, discount: { scale: 1.16, shift: 0.89 } },
    outage: ['items', 'address_distance'],
    seasonal: ['delivery_days', 'discount', 'order_value', 'items', 'past_orders'],
    skew: { delivery_days: { scale: 3, shift: 0 } },
    mislabelled: ['order_value'],
    wave: { order_value: { mean: -0.9, sd: 0.15 } },
  },
};

export const MODELS: readonly ModelSpec[] = [CLASSIFIER, CHARGEBACK];

/** A pipeline that fills in features of several models' rows. */
export const ENRICHMENT = {
  pipeline: 'accounts',
  source: 'account-service',
  features: {
    classifier: ['V25', 'V26', 'V27', 'V28'],
    chargeback: ['account_age', 'past_orders', 'past_disputes'],
  } as Record<string, string[]>,
};
