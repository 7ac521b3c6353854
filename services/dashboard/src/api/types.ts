import type { components } from "./schema";

type Schemas = components["schemas"];

export type ExecutionSummary = Schemas["ExecutionSummary"];
export type ExecutionView = Schemas["ExecutionView"];
export type StepView = Schemas["StepView"];
export type PlannedStep = Schemas["PlannedStep"];
export type AssertionOutcome = Schemas["AssertionOutcome"];
export type Attempt = Schemas["Attempt"];
export type FlowSummary = Schemas["FlowSummary"];
export type ExecutionStatus = ExecutionSummary["status"];
export type TriggerType = ExecutionSummary["trigger_type"];
export type StepStatus = StepView["status"];
