import { basicModules } from "../modules/basic.js";
import { plan } from "../support/plan.js";

plan("oidcc-basic-certification-test-plan", basicModules("query"));
