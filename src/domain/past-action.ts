/** An earlier action on the component. One that failed, was denied or did not help is not proposed first again. */
export interface PastAction {
  incident_id: string;
  at: string;
  action: string;
  outcome: 'failed' | 'denied' | 'did_not_help' | 'completed';
  details: string;
}
