"""The types of Kareo's interface that are used here, as plain tables: names, types, order and obligation.

One type a line (and what is indented below it): `Name < Base: field field ...`. A field is `name` when it is a text,
else `name:type`. Behind it `!` says that it must be there, `*` that it may come many times, `?` that a plain value may
be empty; texts and types of several fields may always be empty. `ArrayOfX` is many times `X` and is written nowhere.
"""

from typing import Final

COMMON: Final = """
RequestBase: RequestHeader:RequestHeader!
RequestHeader: ClientVersion CustomerKey Password User
ResponseBase: ErrorResponse:ErrorResponse SecurityResponse:SecurityResponse
ErrorResponse: ErrorMessage IsError:boolean StackTrace
SecurityResponse: Authenticated:boolean Authorized:boolean CustomerId:int CustomerKeyValid:boolean
  PermissionsMissing:PermissionsMissing PracticesAuthorized:PracticiesAuthorized SecurityResult
  SecurityResultSuccess:boolean
PermissionsMissing: Permission:ArrayOfstring
PracticiesAuthorized: PracticeID:ArrayOfint
"""
"""What every request carries and every answer says."""

ACCOUNT: Final = """
GetPracticesReq < RequestBase: Fields:PracticeFieldsToReturn! Filter:PracticeFilter
PracticeFilter: Active FromCreatedDate FromLastModifiedDate ID NPI PracticeName TaxID ToCreatedDate ToLastModifiedDate
GetPracticesResp < ResponseBase: Practices:ArrayOfPracticeData
GetProvidersReq < RequestBase: Fields:ProviderFieldsToReturn! Filter:ProviderFilter
ProviderFilter: DepartmentName FromCreatedDate FromLastModifiedDate FullName PracticeID PracticeName ToCreatedDate
  ToLastModifiedDate Type
GetProvidersResp < ResponseBase: Providers:ArrayOfProviderData
RegisterExternalVendorReq < RequestBase: ExternalVendor:ExternalVendorReq
ExternalVendorReq: ExternalVendorName
RegisterExternalVendorResp < ResponseBase: ExternalVendor:ExternalVendorData
ExternalVendorData: ExternalVendorID:int? ExternalVendorName
GetExternalVendorsReq < RequestBase:
GetExternalVendorsResp < ResponseBase: ExternalVendors:ArrayOfExternalVendorData
GetChargesReq < RequestBase: Fields:ChargeFieldsToReturn! Filter:ChargeFilter
ChargeFilter: BatchNumber BilledTo CasePayerScenario DiagnosisCode EncounterStatus FromCreatedDate
  FromLastModifiedDate FromPostingDate FromServiceDate IncludeUnapprovedCharges PatientName PracticeName ProcedureCode
  ReferringProviderFullName RenderingProviderFullName SchedulingProviderFullName ServiceLocationName Status
  ToCreatedDate ToLastModifiedDate ToPostingDate ToServiceDate
GetChargesResp < ResponseBase: Charges:ArrayOfChargeData
GetTransactionsReq < RequestBase: Fields:TransactionFieldsToReturn! Filter:TransactionFilter
TransactionFilter: FromLastModifiedDate FromPostingDate FromServiceDate FromTransactionDate InsuranceOrder PayerType
  PracticeName ProcedureCode ToLastModifiedDate ToPostingDate ToServiceDate ToTransactionDate Type
GetTransactionsResp < ResponseBase: Transactions:ArrayOfTransactionData
GetPaymentsReq < RequestBase: Fields:PaymentFieldsToReturn! Filter:PaymentFilter
PaymentFilter: Amount AppointmentID BatchNumber FromCreatedDate FromLastModifiedDate FromPostDate ID PayerName
  PayerType PracticeID PracticeName ReferenceNumber ToCreatedDate ToLastModifiedDate ToPostDate
GetPaymentsResp < ResponseBase: Payments:ArrayOfPaymentData
"""
"""Practices, providers, vendors, charges and payments."""

PATIENTS: Final = """
GetPatientReq < RequestBase: Filter:SinglePatientFilter
SinglePatientFilter: ExternalID ExternalVendorID:int? PatientID:int?
GetPatientResp < ResponseBase: Patient:PatientData
PatientCaseData: ConditionRelatedToAbuse ConditionRelatedToAutoAccident ConditionRelatedToAutoAccidentState
  ConditionRelatedToEPSDT ConditionRelatedToEmergency ConditionRelatedToEmployment ConditionRelatedToFamilyPlanning
  ConditionRelatedToOther ConditionRelatedToPregnancy DatesAccidentDate DatesAcuteManifestationDate DatesInjuryEndDate
  DatesInjuryStartDate DatesLastMenstrualPeriodDate DatesLastSeenDate DatesLastXRayDate DatesReferralDate
  DatesRelatedDisabilityEndDate DatesRelatedDisabilityStartDate DatesRelatedHospitalizationEndDate
  DatesRelatedHospitalizationStartDate DatesSameOrSimilarIllnessEndDate DatesSameOrSimilarIllnessStartDate
  DatesUnableToWorkEndDate DatesUnableToWorkStartDate Description InsurancePolicies:ArrayOfPatientInsurancePolicyData
  IsPrimaryCase:boolean Name PatientCaseID PayerScenario ReferringProviderFullName ReferringProviderID
  SendPatientStatements
PatientInsurancePolicyData: Authorizations:ArrayOfPatientInsurancePolicyAuthorizationData CompanyID CompanyName Copay
  Deductible EffectiveEndDate EffectiveStartDate GroupNumber InsurancePolicyID InsuredAddressLine1 InsuredAddressLine2
  InsuredCity InsuredCountry InsuredDateOfBirth InsuredFullName InsuredGender InsuredIDNumber InsuredNotes
  InsuredSocialSecurityNumber InsuredState InsuredZipCode Number PatientCaseID PatientRelationshipToInsured
  PlanAddressLine1 PlanAddressLine2 PlanAdjusterFullName PlanCity PlanCountry PlanFaxNumber PlanFaxNumberExt PlanID
  PlanName PlanPhoneNumber PlanPhoneNumberExt PlanState PlanZipCode SyncWithEHR:boolean
PatientInsurancePolicyAuthorizationData: AuthorizationNumber AuthorizedNumberOfVisits AuthorizedNumberOfVisitsUsed
  ContactFullName ContactPhone ContactPhoneExt EndDate InsurancePolicyID Notes StartDate
GetPatientsReq < RequestBase: Fields:PatientFieldsToReturn! Filter:PatientFilter
PatientFilter: CollectionCategoryName DefaultCasePayerScenario DefaultRenderingProviderFullName
  DefaultServiceLocationName FirstName FromCreatedDate FromDateOfBirth FromLastEncounterDate FromLastModifiedDate
  FullName Gender LastName MiddleName PracticeID PracticeName PrimaryCarePhysicianFullName
  PrimaryInsurancePolicyCompanyName PrimaryInsurancePolicyPlanName ReferralSource ReferringProviderFullName SSN
  SecondaryInsurancePolicyCompanyName SecondaryInsurancePolicyPlanName ToCreatedDate ToDateOfBirth ToLastEncounterDate
  ToLastModifiedDate
GetPatientsResp < ResponseBase: Patients:ArrayOfPatientData
CreatePatientReq < RequestBase: Patient:PatientCreate!
PatientCreate: AddressLine1 AddressLine2 Alert:PatientAlertReq Cases:ArrayOfPatientCaseCreateReq City
  CollectionCategoryName Country DateofBirth:dateTime? DefaultRenderingProvider:ProviderIdentifierReq
  DefaultServiceLocation:ServiceLocationReq EmailAddress EmergencyName EmergencyPhone EmergencyPhoneExt
  Employer:PatientEmployerReq ExternalVendorID:int? FirstName Gender:GenderCode? Guarantor:PatientGuarantorReq
  HomePhone HomePhoneExt LastName MaritalStatus MedicalRecordNumber MiddleName MobilePhone MobilePhoneExt Note
  PatientExternalID Practice:PracticeIdentifierReq! Prefix PrimaryCarePhysician:PhysicianIdentifierReq ReferralSource
  ReferringProvider:ProviderIdentifierReq SocialSecurityNumber State Suffix WorkPhone WorkPhoneExt ZipCode
PatientAlertReq: Message ShowWhenDisplayingPatientDetails:boolean? ShowWhenEnteringEncounters:boolean?
  ShowWhenPostingPayments:boolean? ShowWhenPreparingPatientStatements:boolean? ShowWhenSchedulingAppointments:boolean?
  ShowWhenViewingClaimDetails:boolean?
PatientCaseCreateReq: Active:boolean? Authorizations:ArrayOfInsurancePolicyAuthorizationCreateReq CaseDescription
  CaseName Condition:PatientCaseConditionReq Dates:PatientCaseDatesReq ExternalID PayerScenario
  Policies:ArrayOfInsurancePolicyCreateReq ReferringProviderExternalID ReferringProviderFullName
  ReferringProviderID:int? SendPatientStatements:boolean?
InsurancePolicyAuthorizationCreateReq: ContactFullName ContactPhone ContactPhoneExt EndDate:dateTime?
  InsurancePlanID:int? InsurancePlanName Notes Number NumberOfVisits:int? StartDate:dateTime?
PatientCaseConditionReq: EPSDTReason:EPSDTReasonCode? RelatedToAbuse:boolean? RelatedToAutoAccident:boolean?
  RelatedToAutoAccidentState RelatedToEPSDT:boolean? RelatedToEmergency:boolean? RelatedToEmployment:boolean?
  RelatedToFamilyPlanning:boolean? RelatedToOther:boolean? RelatedToPregnancy:boolean?
PatientCaseDatesReq: AccidentDate:dateTime? AcuteManifestationDate:dateTime? InjuryEndDate:dateTime?
  InjuryStartDate:dateTime? LastMenstrualPeriodDate:dateTime? LastSeenDate:dateTime? LastXRayDate:dateTime?
  ReferralDate:dateTime? RelatedDisabilityEndDate:dateTime? RelatedDisabilityStartDate:dateTime?
  RelatedHospitalizationEndDate:dateTime? RelatedHospitalizationStartDate:dateTime?
  SameorSimilarIllnessEndDate:dateTime? SameorSimilarIllnessStartDate:dateTime? UnabletoWorkEndDate:dateTime?
  UnabletoWorkStartDate:dateTime?
InsurancePolicyCreateReq: Active:boolean? AddressLine1 AddressLine2 Adjuster:InsurancePolicyAdjusterReq City
  CompanyID:int? CompanyName Copay Country Deductible EffectiveEndDate:dateTime? EffectiveStartDate:dateTime?
  ExternalID Insured:InsurancePolicyInsuredReq PlanID:int? PlanName PolicyGroupNumber PolicyNotes PolicyNumber
  Precedence:int? State ZipCode
InsurancePolicyAdjusterReq: FaxNumber FaxNumberExt FirstName LastName MiddleName PhoneNumber PhoneNumberExt Prefix
  Suffix
InsurancePolicyInsuredReq: AddressLine1 AddressLine2 City Country DateofBirth:dateTime? Employer FirstName
  Gender:GenderCode? IDNumber LastName MiddleName PatientRelationshipToInsured:Relationship?
  PolicyThroughEmployer:boolean Prefix SocialSecurityNumber State Suffix ZipCode
ProviderIdentifierReq: ExternalID FullName ProviderID:int?
ServiceLocationReq: AddressLine1 AddressLine2 BillingName CLIANumber City Country FacilityID FacilityIDType FaxPhone
  FaxPhoneExt LocationID:int? LocationName NPI POS Phone PhoneExt State ZipCode
PatientEmployerReq < EmployerReq: EmploymentStatus:EmploymentStatusCode?
EmployerReq: AddressLine1 AddressLine2 City Country EmployerID:int? EmployerName State ZipCode
PatientGuarantorReq: AddressLine1 AddressLine2 City Country DifferentThanPatient:boolean? FirstName LastName
  MiddleName Prefix RelationshiptoGuarantor:Relationship? State Suffix ZipCode
PracticeIdentifierReq: ExternalID PracticeID:int? PracticeName
PhysicianIdentifierReq: ExternalID FullName PhysicianID:int?
ModifyPatientResp < ResponseBase: Cases:ArrayOfPatientCaseRes DefaultServiceLocationID:int? EmployerID:int?
  ExternalVendorID:int? PatientExternalID PatientID:int? PracticeExternalID PracticeID:int? PracticeName
PatientCaseRes: Authorizations:ArrayOfInsurancePolicyAuthorizationRes CaseExternalID CaseID:int?
  Policies:ArrayOfInsurancePolicyRes
InsurancePolicyAuthorizationRes: AuthorizationID:int? InsurancePolicyID:int?
InsurancePolicyRes: InsurancePolicyCompanyID:int? InsurancePolicyExternalID InsurancePolicyID:int?
  InsurancePolicyPlanID:int?
UpdatePatientsExternalIDReq < RequestBase: Updates:PatientExternalIDSettingBatch!
PatientExternalIDSettingBatch: UpdateBatch:ArrayOfPatientExternalIDSetting
PatientExternalIDSetting: externalID externalVendorID:int patientID:int practiceID:int
UpdatePatientsExternalIDResp < ResponseBase: ItemsUpdated:ArrayOfPatientExternalIDSetting
"""
"""Patients, and what is sent to make one."""

APPOINTMENTS: Final = """
GetAppointmentReq < RequestBase: Appointment:AppointmentRead!
AppointmentRead: AppointmentId:long!
GetAppointmentResp < ResponseBase: Appointment:AppointmentCreate
AppointmentCreate: AppointmentId:long AppointmentName AppointmentReasonId:long AppointmentStatus:AppointmentStatus!
  AppointmentType:AppointmentType! AppointmentUUID:guid? AttendeesCount:int CreatedAt:dateTime? CreatedBy:long
  CustomerId:long EndTime:dateTime! ForRecare:boolean InsurancePolicyAuthorizationId:long? IsDeleted:boolean
  IsGroupAppointment:boolean IsRecurring:boolean! MaxAttendees:int Notes OccurrenceId:long? PatientCaseId:long?
  PatientSummaries:ArrayOfGroupPatientSummary PatientSummary:PatientSummary PracticeId:long! ProviderId:long
  RecurrenceRule:RecurrenceRule ResourceId:long ResourceIds:ArrayOflong ServiceLocationId:long! StartTime:dateTime!
  UpdatedAt:dateTime? UpdatedBy:long WasCreatedOnline:boolean
GroupPatientSummary < PatientSummary: Status:AttendeeStatus
PatientSummary: DateOfBirth:dateTime? Email FirstName GenderId:long Guid:guid? HomePhone LastName MiddleName
  MobilePhone OtherEmail OtherPhone PatientId:long PracticeId:long PreferredEmailType PreferredPhoneType WorkEmail
  WorkPhone
RecurrenceRule: AppointmentId:long DayInterval:int? DayOfMonth:int? DayOfWeek:ArrayOfDayOfWeek DayOfWeekFlags:int?
  DayOfWeekMonthlyOrdinal:ArrayOfOrdinal DayOfWeekMonthlyOrdinalFlags:int? EndDate:dateTime? MonthInterval:int?
  MonthOfYear:int? NumOccurrences:int? NumberOfTimes:int? RecurrenceRuleId:long StartDate:dateTime?
  TypeOfDay:TypeOfDay? TypeOfDayMonthlyOrdinal:ArrayOfOrdinal TypeOfDayMonthlyOrdinalFlags:int?
GetAppointmentsReq < RequestBase: Fields:AppointmentFieldsToReturn! Filter:AppointmentFilter
AppointmentFilter: AppointmentReason ConfirmationStatus EndDate FromCreatedDate FromLastModifiedDate
  PatientCasePayerScenario PatientFullName PatientID PracticeName ResourceName ServiceLocationName StartDate
  TimeZoneOffsetFromGMT ToCreatedDate ToLastModifiedDate Type
GetAppointmentsResp < ResponseBase: Appointments:ArrayOfAppointmentData
CreateAppointmentReq < RequestBase: Appointment:AppointmentCreate!
CreateAppointmentResp < ResponseBase: Appointment:AppointmentCreate
UpdateAppointmentReq < RequestBase: Appointment:AppointmentUpdate!
AppointmentUpdate: AppointmentId:long! AppointmentName AppointmentReasonId:long AppointmentStatus:AppointmentStatus
  EndTime:dateTime? InsurancePolicyAuthorizationId:long? IsGroupAppointment:boolean IsRecurring:boolean
  MaxAttendees:int Notes OccurrenceId:long? PatientCaseId:long? PatientId:long! ProviderId:long ResourceId:long
  ResourceIds:ArrayOflong ServiceLocationId:long! StartTime:dateTime? UpdatedAt:dateTime? UpdatedBy:long
UpdateAppointmentResp < ResponseBase: Appointment:AppointmentCreate
DeleteAppointmentReq < RequestBase: Appointment:AppointmentDelete!
AppointmentDelete: AppointmentId:long!
DeleteAppointmentResp < ResponseBase: AppointmentId:long Deleted:boolean
"""
"""Appointments."""

LOCATIONS: Final = """
GetServiceLocationsReq < RequestBase: Fields:ServiceLocationFieldsToReturn! Filter:ServiceLocationFilter
ServiceLocationFilter: FromCreatedDate FromLastModifiedDate ID PracticeID PracticeName ToCreatedDate
  ToLastModifiedDate
GetServiceLocationsResp < ResponseBase: ServiceLocations:ArrayOfServiceLocationData
"""
"""Service locations, which live in a namespace without the slash at its end."""

CHOICES: Final = {
    "EPSDTReasonCode": "NU AV S2 ST",
    "GenderCode": "Female Male Unknown",
    "Relationship": "Child Other Self Spouse",
    "EmploymentStatusCode": "E R S T U",
    "AppointmentStatus": "Unknown Scheduled ReminderSent Confirmed CheckedIn Roomed "
    "CheckedOut NeedsReschedule ReadyToBeSeen NoShow Cancelled Rescheduled Tentative",
    "AppointmentType": "U P O",
    "AttendeeStatus": "PRESENT CANCELLED NO_SHOW",
    "DayOfWeek": "Sunday Monday Tuesday Wednesday Thursday Friday Saturday",
    "Ordinal": "Unknown First Second Third Fourth Last",
    "TypeOfDay": "Unknown Weekday Weekend",
}
"""Types that are one word of a list."""
