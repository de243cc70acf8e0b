"""The columns of Kareo's lists, in order: a caller names those that it wants, and gets texts."""

from typing import Final

COLUMNS: Final = {
    "Practice": """
        Active AdministratorAddressLine1 AdministratorAddressLine2 AdministratorCity AdministratorCountry
        AdministratorEmail AdministratorFax AdministratorFaxExt AdministratorFullName AdministratorPhone
        AdministratorPhoneExt AdministratorState AdministratorZipCode BillingContactAddressLine1
        BillingContactAddressLine2 BillingContactCity BillingContactCountry BillingContactEmail BillingContactFax
        BillingContactFaxExt BillingContactFullName BillingContactPhone BillingContactPhoneExt BillingContactState
        BillingContactZipCode CreatedDate Email Fax FaxExt ID LastModifiedDate NPI Notes Phone PhoneExt
        PracticeAddressLine1 PracticeAddressLine2 PracticeCity PracticeCountry PracticeName PracticeState
        PracticeZipCode SubscriptionEdition TaxID WebSite kFaxNumber
    """,
    "Provider": """
        Active AddressLine1 AddressLine2 BillingType City Country CreatedDate Degree DepartmentName EmailAddress
        EncounterFormName Fax FaxExt FirstName FullName HomePhone HomePhoneExt ID LastModifiedDate LastName MiddleName
        MobilePhone MobilePhoneExt NationalProviderIdentifier Notes Pager PagerExt PracticeID PracticeName Prefix
        ProviderPerformanceReportActive ProviderPerformanceReportCCEmailRecipients ProviderPerformanceReportDelay
        ProviderPerformanceReportFequency ProviderPerformanceReportScope SocialSecurityNumber SpecialtyName State
        Suffix Type WorkPhone WorkPhoneExt ZipCode
    """,
    "ServiceLocation": """
        AddressLine1 AddressLine2 BillingName CLIANumber City Country CreatedDate FacilityIDType FaxPhone FaxPhoneExt
        HCFABox32FacilityID ID ModifiedDate NPI Name Phone PhoneExt PlaceOfService PracticeID PracticeName State
        ZipCode
    """,
    "Appointment": """
        AllDay AppointmentReason1 AppointmentReason10 AppointmentReason2 AppointmentReason3 AppointmentReason4
        AppointmentReason5 AppointmentReason6 AppointmentReason7 AppointmentReason8 AppointmentReason9
        AuthorizationEndDate AuthorizationID AuthorizationInsurancePlan AuthorizationNumber AuthorizationStartDate
        ConfirmationStatus CreatedDate EndDate ID LastModifiedDate Notes PatientCaseID PatientCaseName
        PatientCasePayerScenario PatientFullName PatientID PracticeID PracticeName Recurring ResourceName1
        ResourceName10 ResourceName2 ResourceName3 ResourceName4 ResourceName5 ResourceName6 ResourceName7
        ResourceName8 ResourceName9 ServiceLocationName StartDate Type
    """,
    "Charge": """
        AdjustedCharges AllowedAmount AppointmentID BatchNumber BilledTo CaseName CasePayerScenario CopayAmount
        CopayCategory CopayMethod CopayReference CreatedDate DoNotSendClaimElectronically
        DoNotSendElectronicallyToSecondary EClaimNote EClaimNoteType EncounterDiagnosisID1 EncounterDiagnosisID2
        EncounterDiagnosisID3 EncounterDiagnosisID4 EncounterID EncounterProcedureID EncounterStatus ExpectedAmount
        HospitalizationEndDate HospitalizationStartDate ID InsuranceBalance LastModifiedDate LineNote LocalUseBox10d
        LocalUseBox19 Minutes OtherAdjustment OtherPaymentAmount OtherPaymentCategoryDesc OtherPaymentID
        OtherPaymentMethodDesc OtherPaymentPostingDate OtherPaymentRef PatientBalance PatientBatchID
        PatientDateOfBirth PatientFirstBillDate PatientFirstName PatientID PatientLastBillDate PatientLastName
        PatientMiddleName PatientName PatientPaymentAmount PatientPaymentCategoryDesc PatientPaymentID
        PatientPaymentMethodDesc PatientPaymentPostingDate PatientPaymentRef PostingDate PracticeID PracticeName
        PrimaryInsuranceAddressLine1 PrimaryInsuranceAddressLine2 PrimaryInsuranceAdjudicationDate
        PrimaryInsuranceBatchID PrimaryInsuranceCity PrimaryInsuranceCompanyName PrimaryInsuranceCountry
        PrimaryInsuranceFirstBillDate PrimaryInsuranceInsuranceAllowed PrimaryInsuranceInsuranceCoinsurance
        PrimaryInsuranceInsuranceContractAdjustment PrimaryInsuranceInsuranceContractAdjustmentReason
        PrimaryInsuranceInsuranceCopay PrimaryInsuranceInsuranceDeductible PrimaryInsuranceInsurancePayment
        PrimaryInsuranceInsuranceSecondaryAdjustment PrimaryInsuranceInsuranceSecondaryAdjustmentReason
        PrimaryInsuranceLastBillDate PrimaryInsurancePaymentCategoryDesc PrimaryInsurancePaymentID
        PrimaryInsurancePaymentMethodDesc PrimaryInsurancePaymentPostingDate PrimaryInsurancePaymentRef
        PrimaryInsurancePlanName PrimaryInsuranceState PrimaryInsuranceZipCode ProcedureCode ProcedureCodeCategory
        ProcedureModifier1 ProcedureModifier2 ProcedureModifier3 ProcedureModifier4 ProcedureName Receipts RefCode
        ReferringProviderID ReferringProviderName RenderingProviderID RenderingProviderName SchedulingProviderID
        SchedulingProviderName SecondaryInsuranceAddressLine1 SecondaryInsuranceAddressLine2
        SecondaryInsuranceAdjudicationDate SecondaryInsuranceBatchID SecondaryInsuranceCity
        SecondaryInsuranceCompanyName SecondaryInsuranceCountry SecondaryInsuranceFirstBillDate
        SecondaryInsuranceInsuranceAllowed SecondaryInsuranceInsuranceCoinsurance
        SecondaryInsuranceInsuranceContractAdjustment SecondaryInsuranceInsuranceContractAdjustmentReason
        SecondaryInsuranceInsuranceCopay SecondaryInsuranceInsuranceDeductible SecondaryInsuranceInsurancePayment
        SecondaryInsuranceInsuranceSecondaryAdjustment SecondaryInsuranceInsuranceSecondaryAdjustmentReason
        SecondaryInsuranceLastBillDate SecondaryInsurancePaymentCategoryDesc SecondaryInsurancePaymentID
        SecondaryInsurancePaymentMethodDesc SecondaryInsurancePaymentPostingDate SecondaryInsurancePaymentRef
        SecondaryInsurancePlanName SecondaryInsuranceState SecondaryInsuranceZipCode ServiceEndDate
        ServiceLocationBillingName ServiceLocationCLIANumber ServiceLocationFacilityID ServiceLocationFacilityIdType
        ServiceLocationFax ServiceLocationFaxExt ServiceLocationId ServiceLocationNPI ServiceLocationName
        ServiceLocationNameAddressLine1 ServiceLocationNameAddressLine2 ServiceLocationNameCity
        ServiceLocationNameCountry ServiceLocationNameState ServiceLocationNameZipCode ServiceLocationPhone
        ServiceLocationPhoneExt ServiceLocationPlaceOfServiceCode ServiceLocationPlaceOfServiceName ServiceStartDate
        Status SupervisingProviderID SupervisingProviderName TertiaryInsuranceAddressLine1
        TertiaryInsuranceAddressLine2 TertiaryInsuranceAdjudicationDate TertiaryInsuranceBatchID TertiaryInsuranceCity
        TertiaryInsuranceCompanyName TertiaryInsuranceCompanyPlanName TertiaryInsuranceCountry
        TertiaryInsuranceInsuranceAllowed TertiaryInsuranceInsuranceCoinsurance
        TertiaryInsuranceInsuranceContractAdjustment TertiaryInsuranceInsuranceContractAdjustmentReason
        TertiaryInsuranceInsuranceCopay TertiaryInsuranceInsuranceDeductible TertiaryInsuranceInsurancePayment
        TertiaryInsuranceInsuranceSecondaryAdjustment TertiaryInsuranceInsuranceSecondaryAdjustmentReason
        TertiaryInsurancePaymentCategoryDesc TertiaryInsurancePaymentID TertiaryInsurancePaymentMethodDesc
        TertiaryInsurancePaymentPostingDate TertiaryInsurancePaymentRef TertiaryInsuranceState
        TertiaryInsuranceZipCode TotalBalance TotalCharges TypeOfService UnitCharge Units
    """,
    "Transaction": """
        Amount Description ID InsuranceCompanyName InsuranceID InsuranceOrder InsurancePlanName LastModifiedDate
        PatientFullName PatientID PayerType PostingDate PracticeName ProcedureCode ServiceDate TransactionDate Type
    """,
    "Payment": """
        AdjudicationDate Adjustments Amount Applied AppointmentID BatchNumber Category CreatedDate ID LastModifiedDate
        PayerName PayerType PaymentMethod PostDate PracticeId ReferenceNumber Refunds Unapplied
    """,
}
"""What can be named is what is answered."""

PATIENT_COLUMNS: Final = """
    AddressLine1 AddressLine2 Adjustments Age AlertMessage AlertShowWhenDisplayingPatientDetails
    AlertShowWhenEnteringEncounters AlertShowWhenPostingPayments AlertShowWhenPreparingPatientStatements
    AlertShowWhenSchedulingAppointments AlertShowWhenViewingClaimDetails Charges City CollectionCategoryName Country
    CreatedDate DOB DefaultRenderingProviderFullName DefaultRenderingProviderId DefaultServiceLocationBillingName
    DefaultServiceLocationFaxPhone DefaultServiceLocationFaxPhoneExt DefaultServiceLocationId
    DefaultServiceLocationName DefaultServiceLocationNameAddressLine1 DefaultServiceLocationNameAddressLine2
    DefaultServiceLocationNameCity DefaultServiceLocationNameCountry DefaultServiceLocationNameState
    DefaultServiceLocationNameZipCode DefaultServiceLocationPhone DefaultServiceLocationPhoneExt EmailAddress
    EmergencyName EmergencyPhone EmergencyPhoneExt EmployerName EmploymentStatus FirstName Gender
    GuarantorDifferentThanPatient GuarantorFirstName GuarantorLastName GuarantorMiddleName GuarantorPrefix
    GuarantorSuffix HomePhone HomePhoneExt ID InsuranceBalance InsurancePayments LastAppointmentDate LastDiagnosis
    LastEncounterDate LastModifiedDate LastName LastPaymentDate LastStatementDate MaritalStatus MedicalRecordNumber
    MiddleName MobilePhone MobilePhoneExt MostRecentNote1Date MostRecentNote1Message MostRecentNote1User
    MostRecentNote2Date MostRecentNote2Message MostRecentNote2User MostRecentNote3Date MostRecentNote3Message
    MostRecentNote3User MostRecentNote4Date MostRecentNote4Message MostRecentNote4User PatientBalance PatientFullName
    PatientPayments PracticeId PracticeName Prefix PrimaryCarePhysicianFullName PrimaryCarePhysicianId
    PrimaryInsurancePolicyCompanyID PrimaryInsurancePolicyCompanyName PrimaryInsurancePolicyCopay
    PrimaryInsurancePolicyDeductible PrimaryInsurancePolicyEffectiveEndDate PrimaryInsurancePolicyEffectiveStartDate
    PrimaryInsurancePolicyGroupNumber PrimaryInsurancePolicyInsuredAddressLine1
    PrimaryInsurancePolicyInsuredAddressLine2 PrimaryInsurancePolicyInsuredCity PrimaryInsurancePolicyInsuredCountry
    PrimaryInsurancePolicyInsuredDateOfBirth PrimaryInsurancePolicyInsuredFullName PrimaryInsurancePolicyInsuredGender
    PrimaryInsurancePolicyInsuredIDNumber PrimaryInsurancePolicyInsuredNotes
    PrimaryInsurancePolicyInsuredSocialSecurityNumber PrimaryInsurancePolicyInsuredState
    PrimaryInsurancePolicyInsuredZipCode PrimaryInsurancePolicyNumber
    PrimaryInsurancePolicyPatientRelationshipToInsured PrimaryInsurancePolicyPlanAddressLine1
    PrimaryInsurancePolicyPlanAddressLine2 PrimaryInsurancePolicyPlanAdjusterFullName PrimaryInsurancePolicyPlanCity
    PrimaryInsurancePolicyPlanCountry PrimaryInsurancePolicyPlanFaxNumber PrimaryInsurancePolicyPlanFaxNumberExt
    PrimaryInsurancePolicyPlanID PrimaryInsurancePolicyPlanName PrimaryInsurancePolicyPlanPhoneNumber
    PrimaryInsurancePolicyPlanPhoneNumberExt PrimaryInsurancePolicyPlanState PrimaryInsurancePolicyPlanZipCode
    ReferralSource ReferringProviderFullName ReferringProviderId SSN SecondaryInsurancePolicyCompanyID
    SecondaryInsurancePolicyCompanyName SecondaryInsurancePolicyCopay SecondaryInsurancePolicyDeductible
    SecondaryInsurancePolicyEffectiveEndDate SecondaryInsurancePolicyEffectiveStartDate
    SecondaryInsurancePolicyGroupNumber SecondaryInsurancePolicyInsuredAddressLine1
    SecondaryInsurancePolicyInsuredAddressLine2 SecondaryInsurancePolicyInsuredCity
    SecondaryInsurancePolicyInsuredCountry SecondaryInsurancePolicyInsuredDateOfBirth
    SecondaryInsurancePolicyInsuredFullName SecondaryInsurancePolicyInsuredGender
    SecondaryInsurancePolicyInsuredIDNumber SecondaryInsurancePolicyInsuredNotes
    SecondaryInsurancePolicyInsuredSocialSecurityNumber SecondaryInsurancePolicyInsuredState
    SecondaryInsurancePolicyInsuredZipCode SecondaryInsurancePolicyNumber
    SecondaryInsurancePolicyPatientRelationshipToInsured SecondaryInsurancePolicyPlanAddressLine1
    SecondaryInsurancePolicyPlanAddressLine2 SecondaryInsurancePolicyPlanAdjusterFullName
    SecondaryInsurancePolicyPlanCity SecondaryInsurancePolicyPlanCountry SecondaryInsurancePolicyPlanFaxNumber
    SecondaryInsurancePolicyPlanFaxNumberExt SecondaryInsurancePolicyPlanID SecondaryInsurancePolicyPlanName
    SecondaryInsurancePolicyPlanPhoneNumber SecondaryInsurancePolicyPlanPhoneNumberExt
    SecondaryInsurancePolicyPlanState SecondaryInsurancePolicyPlanZipCode State StatementNote Suffix TotalBalance
    WorkPhone WorkPhoneExt ZipCode
"""
"""What can be named of a patient, and is answered; `Cases` is answered besides."""

PATIENT_CASE_COLUMNS: Final = """
    Authorization1ContactFullName Authorization1ContactPhone Authorization1ContactPhoneExt Authorization1EndDate
    Authorization1InsurancePlanName Authorization1Notes Authorization1Number Authorization1NumberOfVisits
    Authorization1NumberOfVisitsUsed Authorization1StartDate Authorization2ContactFullName Authorization2ContactPhone
    Authorization2ContactPhoneExt Authorization2EndDate Authorization2InsurancePlanName Authorization2Notes
    Authorization2Number Authorization2NumberOfVisits Authorization2NumberOfVisitsUsed Authorization2StartDate
    Authorization3ContactFullName Authorization3ContactPhone Authorization3ContactPhoneExt Authorization3EndDate
    Authorization3InsurancePlanName Authorization3Notes Authorization3Number Authorization3NumberOfVisits
    Authorization3NumberOfVisitsUsed Authorization3StartDate DefaultCaseConditionRelatedToAbuse
    DefaultCaseConditionRelatedToAutoAccident DefaultCaseConditionRelatedToAutoAccidentState
    DefaultCaseConditionRelatedToEPSDT DefaultCaseConditionRelatedToEmergency DefaultCaseConditionRelatedToEmployment
    DefaultCaseConditionRelatedToFamilyPlanning DefaultCaseConditionRelatedToOther
    DefaultCaseConditionRelatedToPregnancy DefaultCaseDatesAccidentDate DefaultCaseDatesAcuteManifestationDate
    DefaultCaseDatesInjuryEndDate DefaultCaseDatesInjuryStartDate DefaultCaseDatesLastMenstrualPeriodDate
    DefaultCaseDatesLastSeenDate DefaultCaseDatesLastXRayDate DefaultCaseDatesReferralDate
    DefaultCaseDatesRelatedDisabilityEndDate DefaultCaseDatesRelatedDisabilityStartDate
    DefaultCaseDatesRelatedHospitalizationEndDate DefaultCaseDatesRelatedHospitalizationStartDate
    DefaultCaseDatesSameOrSimilarIllnessEndDate DefaultCaseDatesSameOrSimilarIllnessStartDate
    DefaultCaseDatesUnableToWorkEndDate DefaultCaseDatesUnableToWorkStartDate DefaultCaseDescription DefaultCaseID
    DefaultCaseName DefaultCasePayerScenario DefaultCaseReferringProviderFullName DefaultCaseReferringProviderID
    DefaultCaseSendPatientStatements
"""
"""What can be named of a patient, and is answered within `Cases`."""
