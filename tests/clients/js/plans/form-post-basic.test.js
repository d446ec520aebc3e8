import { basicModules } from "../modules/basic.js";
import { plan } from "../support/plan.js";

plan("oidcc-formpost-basic-certification-test-plan", basicModules("form_post"));
